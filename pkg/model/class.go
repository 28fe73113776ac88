package model

import "vmmp/pkg/migration"

// class is a kind of partial knowledge that is calibrated by itself: the errors of
// somebody who knows little are of another shape than those of somebody who knows
// all.
type class int

// The classes. A calibration learned from too few rows is that of all rows.
const (
	complete  class        = iota // all that the training rows usually know
	cpuAndMem                     // the two required features
	seedFour                      // the Python demo's four features
	pieces                        // the physics cannot be computed: none of its pieces known, and up to three of them
	byRate    = pieces + 4        // physics from a dirty rate; and with the limit
	byCurve   = byRate + 2        // physics from a measured dirty curve; and with the limit
	classes   = int(byCurve) + 2
)

// fewest rows that a class needs for a calibration of its own.
const fewest = 40

// pieceSets are what the physics is computed from: one feature of each is needed,
// but for the limit, which has a default.
var pieceSets = [...]migration.Set{
	migration.Of(migration.NetworkBandwidth, migration.BandwidthCap),
	migration.Of(migration.DirtyRate, migration.DirtyCurve),
	migration.Of(migration.MemoryMiB, migration.ResidentMiB),
	migration.Of(migration.DowntimeLimitMS),
}

// computable says whether the physics can be computed from these features.
func computable(known migration.Set) bool {
	for _, s := range pieceSets[:3] {
		if known&s == 0 {
			return false
		}
	}
	return true
}

// classOf finds the class of a request: usual is what training rows usually know.
func classOf(known, usual migration.Set, p *physics) class {
	switch {
	case usual != 0 && known&usual == usual:
		return complete
	case known == required:
		return cpuAndMem
	case known == seedFeatures:
		return seedFour
	case !p.computed:
		return pieces + piecesOf(known)
	}
	c := byRate
	if known.Has(migration.DirtyCurve) {
		c = byCurve
	}
	if known.Has(migration.DowntimeLimitMS) {
		c++
	}
	return c
}

// piecesOf counts the pieces of the physics that are known: at most three where it
// cannot be computed.
func piecesOf(known migration.Set) class {
	var n class
	for _, s := range pieceSets {
		if known&s != 0 {
			n++
		}
	}
	return min(n, 3)
}

// calibrations are one calibration for each class, and one learned from all rows
// for the classes that had too few.
type calibrations[T any] struct {
	All     T           `json:"all"`
	Classes map[int]T   `json:"classes,omitempty"`
	Rows    map[int]int `json:"rows,omitempty"`
}

// of is the calibration of c.
func (cs *calibrations[T]) of(c class) T {
	if t, ok := cs.Classes[int(c)]; ok {
		return t
	}
	return cs.All
}

// calibrate learns calibrations from what each class's rows gave.
func calibrate[S, T any](perClass [classes][]S, learn func([]S) T) calibrations[T] {
	cs := calibrations[T]{Classes: map[int]T{}, Rows: map[int]int{}}
	var all []S
	for c, rows := range perClass {
		all = append(all, rows...)
		if len(rows) >= fewest {
			cs.Classes[c], cs.Rows[c] = learn(rows), len(rows)
		}
	}
	if len(all) > 0 {
		cs.All = learn(all)
	}
	return cs
}
