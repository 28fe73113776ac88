package model

import "vmmp/pkg/migration"

// class is a kind of partial knowledge that is calibrated by itself: errors are
// of another shape where the physics can be computed and where it cannot.
type class int

// The classes. A calibration learned from too few rows is that of all rows.
const (
	complete  class = iota // all that the training rows usually know
	cpuAndMem              // the two required features
	seedFour               // the Python demo's four features
	noPhysics              // the physics cannot be computed
	byRate                 // physics from a dirty rate
	byCurve                // physics from a measured dirty curve
	classes
)

// fewest rows that a class needs for a calibration of its own.
const fewest = 200

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
		return noPhysics
	case known.Has(migration.DirtyCurve):
		return byCurve
	}
	return byRate
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
