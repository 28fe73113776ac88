package forest

import (
	"cmp"
	"math/bits"
	"slices"
	"sync"
)

// keptRows holds the targets of the training rows that stand in some leaf: a
// bit set of the rows, and their values packed in its order.
type keptRows struct {
	bits   []uint64  // bit row%64 of word row/64; nil if no row is kept
	before []uint32  // rows kept before each word
	target []float64 // by rank among the kept rows
	weight []float64 // sample weights by rank; nil if all are equal
}

// keepRows gathers what the trees' leaves refer to.
func keepRows(trees []tree, s *dataset) keptRows {
	set := make([]uint64, words(s.rows))
	for i := range trees {
		t := &trees[i]
		for j := range t.nodes {
			if n := &t.nodes[j]; n.split == leafMark {
				for _, row := range t.leafRows(n) {
					set[row/64] |= 1 << (row % 64)
				}
			}
		}
	}
	k, count := newKeptRows(set)
	if count == 0 {
		return keptRows{}
	}
	k.target = make([]float64, 0, count)
	for row := range s.rows {
		if !k.has(uint32(row)) {
			continue
		}
		k.target = append(k.target, s.y[row])
		if s.weighted {
			k.weight = append(k.weight, s.weight[row])
		}
	}
	return k
}

// newKeptRows returns the index of a set of rows and how many it holds.
func newKeptRows(set []uint64) (keptRows, int) {
	k := keptRows{bits: set, before: make([]uint32, len(set))}
	count := 0
	for i, word := range set {
		k.before[i] = uint32(count)
		count += bits.OnesCount64(word)
	}
	return k, count
}

// words returns the number of 64-bit words that hold n bits.
func words(n int) int { return (n + 63) / 64 }

// has reports whether row is kept.
func (k *keptRows) has(row uint32) bool {
	word := int(row / 64)
	return word < len(k.bits) && k.bits[word]>>(row%64)&1 == 1
}

// rank returns how many kept rows stand before row, which must be kept.
func (k *keptRows) rank(row uint32) int {
	word := k.bits[row/64]
	return int(k.before[row/64]) + bits.OnesCount64(word&(1<<(row%64)-1))
}

// sampleWeight returns the sample weight of a kept row.
func (k *keptRows) sampleWeight(row uint32) float64 {
	if k.weight == nil {
		return 1
	}
	return k.weight[k.rank(row)]
}

// total returns the sample weight of a leaf's draws.
func (k *keptRows) total(draws []uint32) float64 {
	if k.weight == nil {
		return float64(len(draws))
	}
	sum := 0.0
	for _, row := range draws {
		sum += k.weight[k.rank(row)]
	}
	return sum
}

// ranking orders the kept rows by target.
type ranking struct {
	position []uint32  // by rank among the kept rows
	target   []float64 // by position, ascending
}

func (k *keptRows) sort() ranking {
	order := make([]uint32, len(k.target))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(k.target[a], k.target[b]), cmp.Compare(a, b))
	})
	r := ranking{make([]uint32, len(order)), make([]float64, len(order))}
	for position, rank := range order {
		r.position[rank] = uint32(position)
		r.target[position] = k.target[rank]
	}
	return r
}

// keep makes k the kept rows of f.
func (f *Forest) keep(k keptRows) {
	f.kept = k
	f.ranking = sync.OnceValue(f.kept.sort)
}
