package estimate

import "vmmp/pkg/migration"

// Class is a kind of partial knowledge that is calibrated by itself: the errors of somebody who knows little are of
// another shape than those of somebody who knows all.
type Class int

// The classes. A calibration learned from too few rows is that of all rows.
const (
	complete  Class        = iota // all that the training rows usually know
	cpuAndMem                     // the two required features
	seedFour                      // the Python demo's four features
	pieces                        // the physics cannot be computed: none of its pieces known, and up to three of them
	byRate    = pieces + 4        // physics from a dirty rate; and with the limit
	byCurve   = byRate + 2        // physics from a measured dirty curve; and with the limit
)

// Classes is the number of classes.
const Classes = int(byCurve) + 2

// LearnedCount is the number of features that are masked in training, and so may be unknown to a forest: the first ones
// of the table. Those behind them say how a VM is moved and by what; of these Methods are columns too.
const LearnedCount = int(migration.AutoConverge) + 1

// Learned is the set of features that forests have columns of as they are.
const Learned = migration.Set(1<<LearnedCount - 1)

// Methods is the set of features that say how a VM is moved beyond a plain pre-copy. What is not known of them is taken
// to be plain, so that no training row hides any.
var Methods = migration.Of(migration.Method, migration.MultifdChannels, migration.Compression, migration.TLS,
	migration.XBZRLE, migration.HugePages, migration.VFIOMiB)

// SeedFeatures are the features that the Python demo knew.
var SeedFeatures = migration.Of(migration.CPULoad, migration.MemoryUsage, migration.DiskIO, migration.NetworkBandwidth)

// Required are the features that a single request must give.
var Required = migration.Of(migration.CPULoad, migration.MemoryUsage)

// pieceSets are what the physics is computed from: one feature of each is needed, but for the limit, which has a
// default.
var pieceSets = [...]migration.Set{
	migration.Of(migration.NetworkBandwidth, migration.BandwidthCap),
	migration.Of(migration.DirtyRate, migration.DirtyCurve),
	migration.Of(migration.MemoryMiB, migration.ResidentMiB),
	migration.Of(migration.DowntimeLimitMS),
}

// Computable reports whether the physics can be computed from these features.
func Computable(known migration.Set) bool {
	for _, s := range pieceSets[:3] {
		if known&s == 0 {
			return false
		}
	}
	return true
}

// ClassOf returns the class of a request: usual is what training rows usually know.
func ClassOf(known, usual migration.Set, p *Physics) Class {
	known &= Learned
	known, usual = known&Learned, usual&Learned
	switch {
	case usual != 0 && known&usual == usual:
		return complete
	case known == Required:
		return cpuAndMem
	case known == SeedFeatures:
		return seedFour
	case !p.Computed:
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

// piecesOf counts the pieces of the physics that are known: at most three where it cannot be computed.
func piecesOf(known migration.Set) Class {
	var n Class
	for _, s := range pieceSets {
		if known&s != 0 {
			n++
		}
	}
	return min(n, 3)
}

// Calibrations are one calibration for each class, and one learned from all rows for the classes that had too few.
type Calibrations[T any] struct {
	All     T           `json:"all"`
	Classes map[int]T   `json:"classes,omitempty"`
	Rows    map[int]int `json:"rows,omitempty"`
}

// Of returns the calibration of c.
func (cs *Calibrations[T]) Of(c Class) T {
	if t, ok := cs.Classes[int(c)]; ok {
		return t
	}
	return cs.All
}

// valid reports whether each calibration is.
func (cs Calibrations[T]) valid(is func(T) bool) bool {
	for _, c := range cs.Classes {
		if !is(c) {
			return false
		}
	}
	return is(cs.All)
}
