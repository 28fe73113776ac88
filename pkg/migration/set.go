package migration

import (
	"iter"
	"math/bits"
	"strings"
)

// A Set is a set of features: what is known of a VM, or what a source can know.
type Set uint32

// Of returns the set of the given features.
func Of(features ...Feature) Set {
	var s Set
	for _, f := range features {
		s |= 1 << f
	}
	return s
}

// Everything is the set of all features.
const Everything = Set(1<<Count - 1)

// Has reports whether f is in the set.
func (s Set) Has(f Feature) bool { return s&(1<<f) != 0 }

// Len returns the number of features in the set.
func (s Set) Len() int { return bits.OnesCount32(uint32(s)) }

// All yields the features of the set in the table's order.
func (s Set) All() iter.Seq[Feature] {
	return func(yield func(Feature) bool) {
		for rest := s; rest != 0; rest &= rest - 1 {
			if !yield(Feature(bits.TrailingZeros32(uint32(rest)))) {
				return
			}
		}
	}
}

// String returns the names, separated by commas.
func (s Set) String() string {
	var names []string
	for f := range s.All() {
		names = append(names, f.String())
	}
	return strings.Join(names, ", ")
}
