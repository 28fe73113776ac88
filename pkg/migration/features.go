package migration

import (
	"math"
	"slices"
)

// Features is what is known of a VM before its migration. The zero value knows nothing. Features are values: a copy
// shares only the points of a measured dirty curve, which are never written to.
type Features struct {
	known  Set
	value  [Count]float64
	points []Point
}

// A Point is one measurement of the dirty curve: the distinct MiB dirtied within a window of that many seconds.
type Point struct {
	Seconds float64 `json:"seconds"`
	MiB     float64 `json:"mib"`
}

// Get returns the value of f in its unit, a Bool as 0 or 1, a Choice as its place among the choices (MethodPostcopy and
// so on), a Version as VersionNumber; NaN when unknown, and for DirtyCurve, whose value is Points.
func (x Features) Get(f Feature) float64 {
	if !x.known.Has(f) || f == DirtyCurve {
		return math.NaN()
	}
	return x.value[f]
}

// Value returns a known feature as JSON shows it: a number, a bool, a text or points; nil when unknown.
func (x Features) Value(f Feature) any {
	switch d := Definitions[f]; {
	case !x.known.Has(f):
		return nil
	case d.Kind == Points:
		return x.points
	case d.Kind == Bool:
		return x.value[f] != 0
	case d.Kind == Choice || d.Kind == Version:
		return x.Format(f, curveSeparator)
	}
	return x.value[f]
}

// AsAssumed reports whether f is known to be what is assumed where it is unknown: a plain pre-copy of a VM that can be
// migrated.
func (x Features) AsAssumed(f Feature) bool {
	switch f {
	case Method, MultifdChannels, Compression, TLS, XBZRLE, HugePages, VFIOMiB:
		return x.Get(f) == 0
	case Migratable:
		return x.Get(f) == 1
	}
	return false
}

// Set makes f known to be v, or unknown when v is NaN. It does not check bounds; Validate does. It panics for
// DirtyCurve, which SetPoints sets.
func (x *Features) Set(f Feature, v float64) {
	if f == DirtyCurve {
		panic("migration: dirty_curve is not a number")
	}
	if math.IsNaN(v) {
		x.known &^= Of(f)
		v = 0
	} else {
		x.known |= Of(f)
	}
	x.value[f] = v
}

// Points returns the measured dirty curve as it was given; nil when unknown. It must not be written to.
func (x Features) Points() []Point { return x.points }

// SetPoints makes the measured dirty curve known; no points make it unknown.
func (x *Features) SetPoints(points []Point) {
	x.points = nil
	x.known &^= Of(DirtyCurve)
	if len(points) > 0 {
		x.points = slices.Clone(points)
		x.known |= Of(DirtyCurve)
	}
}

// Known returns the set of features whose value is known.
func (x Features) Known() Set { return x.known }

// Only returns x knowing nothing beyond the features of s.
func (x Features) Only(s Set) Features {
	kept := Features{known: x.known & s}
	for f := range kept.known.All() {
		kept.value[f] = x.value[f]
	}
	if kept.known.Has(DirtyCurve) {
		kept.points = x.points
	}
	return kept
}

// Or returns x, and what x does not know as y knows it.
func (x Features) Or(y Features) Features {
	for f := range (y.known &^ x.known).All() {
		x.value[f] = y.value[f]
		if f == DirtyCurve {
			x.points = y.points
		}
	}
	x.known |= y.known
	return x
}

// With returns x with f as other knows it: known with its value, or unknown.
func (x Features) With(f Feature, other Features) Features {
	if f == DirtyCurve {
		x.SetPoints(other.points)
		return x
	}
	x.Set(f, other.Get(f))
	return x
}

// Equal reports whether x and y know the same.
func (x Features) Equal(y Features) bool {
	return x.known == y.known && x.value == y.value && slices.Equal(x.points, y.points)
}
