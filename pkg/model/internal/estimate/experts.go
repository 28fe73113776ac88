package estimate

import (
	"slices"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// Experts are those of a model, with what decides which of them answers.
type Experts struct {
	Site       *Expert    // of the migrations of the site that the model speaks for; nil without any
	Prior      *Expert    // of simulated ones, at sites of all kinds; nil without any, never both
	Rows       int        // that Site has learned a downtime from
	Correction Correction // of the prior's answers to the site, or by how far they were off at others
	Schema     []FieldRange
}

// enoughRows is the number of own outcomes that weigh as much as the prior. Of 40 outcomes alone a model of one KVM
// site was 15.6 % off in the median, of 100 13.5 %, where one that knew none of them was 20.4 % off.
const enoughRows = 75

// Estimator returns the one that answers for a VM.
func (es *Experts) Estimator(x migration.Features) Estimator {
	e := Estimator{Prior: es.Prior, Correction: es.Correction, Support: es.support(x), Outside: es.outside(x)}
	if e.Support != prediction.Site {
		e.Correction = es.Correction.afar()
	}
	switch {
	case es.Prior == nil:
		e.Own, e.Weight = es.Site, 1
	case es.Site != nil && e.Support == prediction.Site:
		e.Own, e.Weight = es.Site, float64(es.Rows)/float64(es.Rows+enoughRows)
	}
	return e
}

// support returns what an answer for x rests on. Who does not know enough for the physics may speak of any VM.
func (es *Experts) support(x migration.Features) prediction.Support {
	switch {
	case es.Prior != nil && !Computable(x.Known()):
		return prediction.Simulated
	case (es.Site != nil || es.Correction.Rows > 0) && es.near(x, FieldRange.ofSite):
		return prediction.Site
	case es.near(x, FieldRange.ofOthers):
		return prediction.OtherSite
	}
	return prediction.Simulated
}

// unlearned are features that the physics uses, or nobody, whether or not any row knew them.
var unlearned = migration.Of(migration.WorkingSetMiB, migration.Hypervisor, migration.HypervisorVersion,
	migration.Migratable, migration.ZeroTailMiB)

// near reports whether real migrations lie near x: they knew all that x knows and they could have learned from, and x
// is within their range. A timeout decides nothing before it is over; what is as assumed says nothing new.
func (es *Experts) near(x migration.Features, rangeOf func(FieldRange) (Span, int)) bool {
	for f := range (x.Known() &^ migration.Of(migration.TimeoutS)).All() {
		span, rows := rangeOf(es.Schema[f])
		if rows == 0 && (unlearned.Has(f) || x.AsAssumed(f)) {
			continue
		}
		if rows == 0 || !span.Holds(Position(f, x)) {
			return false
		}
	}
	return true
}

// physical are the features that the physics extrapolates by.
var physical = migration.Of(migration.NetworkBandwidth, migration.BandwidthCap, migration.MemoryMiB,
	migration.ResidentMiB, migration.DirtyRate, migration.WorkingSetMiB, migration.DirtyCurve, migration.DowntimeLimitMS)

// outside reports whether x lies beyond all training rows in a way that trees cannot follow and physics can.
func (es *Experts) outside(x migration.Features) bool {
	for f := range (x.Known() & physical).All() {
		if r := es.Schema[f]; r.Rows > 0 && !r.Range.Holds(Position(f, x)) {
			return true
		}
	}
	return false
}

// PriorSchema returns the ranges of the rows that the prior has learned from or was checked with.
func (es *Experts) PriorSchema() []FieldRange {
	ranges := slices.Clone(es.Schema)
	for i := range ranges {
		ranges[i].Site, ranges[i].SiteRows = nil, 0
	}
	return ranges
}

// Main returns the expert of the site, or the other where there is none.
func (es *Experts) Main() *Expert {
	if es.Site != nil {
		return es.Site
	}
	return es.Prior
}

// Of returns the expert that has learned from migrations that really happened at the site or from simulated ones; where
// there is none, the other.
func (es *Experts) Of(site bool) *Expert {
	if es.Prior == nil || es.Site != nil && site {
		return es.Site
	}
	return es.Prior
}

// All returns the experts there are, in the order of the file.
func (es *Experts) All() []*Expert {
	var all []*Expert
	for _, e := range []*Expert{es.Site, es.Prior} {
		if e != nil {
			all = append(all, e)
		}
	}
	return all
}
