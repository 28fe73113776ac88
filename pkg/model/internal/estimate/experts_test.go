package estimate

import (
	"testing"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/prediction"
)

// knowing returns the ranges of rows of these origins, each near the VM in every feature that the VM knows.
func knowing(x migration.Features, origins ...Origin) []FieldRange {
	ranges := make([]FieldRange, migration.Count)
	for f := range x.Known().All() {
		for _, from := range origins {
			ranges[f].Add(from, Position(f, x)/2)
			ranges[f].Add(from, Position(f, x)*2)
		}
	}
	return ranges
}

// experts are those of a site and a prior, of which the site has learned a downtime from that many rows.
func experts(rows int, schema []FieldRange) *Experts {
	return &Experts{Site: &Expert{}, Prior: &Expert{}, Rows: rows, Correction: Correction{Rows: rows, Sigma: 0.2}, Schema: schema}
}

func TestSupportIsNeverBetterThanWhatWasSeen(t *testing.T) {
	x := modeltest.VM()
	with := func(f migration.Feature, v float64) migration.Features {
		y := x
		y.Set(f, v)
		return y
	}
	ofSite, ofOthers := knowing(x, FromSite, FromSimulation), knowing(x, FromOthers, FromSimulation)
	both, none := knowing(x, FromSite, FromOthers), knowing(x, FromSimulation)
	corrected := func(schema []FieldRange) *Experts { es := experts(9, schema); es.Site = nil; return es }
	unknown := func(schema []FieldRange) *Experts {
		return &Experts{Prior: &Expert{}, Correction: Correction{Sigma: 0.3}, Schema: schema}
	}
	alone := func(schema []FieldRange) *Experts { return &Experts{Site: &Expert{}, Rows: 100, Schema: schema} }
	blind := x.Only(migration.Everything &^ migration.Of(migration.DirtyRate, migration.DirtyCurve))
	beyond := with(migration.NetworkBandwidth, 10*x.Get(migration.NetworkBandwidth))
	for _, c := range []struct {
		name string
		es   *Experts
		x    migration.Features
		want prediction.Support
	}{
		{"inside", experts(100, ofSite), x, prediction.Site},
		{"inside, few rows", corrected(ofSite), x, prediction.Site},
		{"inside, and nobody to ask beside", alone(ofSite), x, prediction.Site},
		{"outside what the site knows", experts(100, ofSite), beyond, prediction.Simulated},
		{"outside what the site knows, and nobody to ask beside", alone(ofSite), beyond, prediction.Simulated},
		{"outside what any knows", experts(100, both), beyond, prediction.Simulated},
		{"other sites alone", unknown(ofOthers), x, prediction.OtherSite},
		{"outside of other sites", unknown(ofOthers), beyond, prediction.Simulated},
		{"others, beside a site that is elsewhere", experts(100, ofOthers), x, prediction.OtherSite},
		{"nothing real", unknown(none), x, prediction.Simulated},
		{"rows of the site, but nothing learned of them", unknown(ofSite), x, prediction.Simulated},
		{"too little for the physics", experts(100, both), blind, prediction.Simulated},
		{"too little for the physics, and nobody to ask beside", alone(both), blind, prediction.Site},
		{"nothing known", experts(100, both), migration.Features{}, prediction.Simulated},
		{"what no real migration knew", experts(100, ofSite), with(migration.VFIOMiB, 64), prediction.Simulated},
		{"what is assumed of all", experts(100, ofSite), with(migration.VFIOMiB, 0), prediction.Site},
		{"a timeout, which no real migration had", experts(100, ofSite), with(migration.TimeoutS, 60), prediction.Site},
	} {
		from := c.es.Estimator(c.x)
		if from.Support != c.want {
			t.Errorf("%s: support %s, want %s", c.name, from.Support, c.want)
		}
	}
	known := x.Only(migration.Everything &^ migration.Of(migration.WorkingSetMiB))
	for f, v := range map[migration.Feature]float64{
		migration.WorkingSetMiB: 300, migration.ZeroTailMiB: 16, migration.Hypervisor: migration.HypervisorXen, migration.Migratable: 0,
	} {
		y := known
		y.Set(f, v)
		if from := experts(100, knowing(known, FromSite)).Estimator(y); from.Support != prediction.Site {
			t.Errorf("%s, which no row need know: support %s", f, from.Support)
		}
	}
}

// Own outcomes outweigh the prior from enoughRows on, and never are all that is asked as long as there is a prior.
func TestWeightOfTheSite(t *testing.T) {
	x := modeltest.VM()
	schema := knowing(x, FromSite, FromSimulation)
	before := 0.0
	for _, c := range []struct {
		rows int
		want float64
	}{{20, 20.0 / 95}, {75, 0.5}, {225, 0.75}, {7425, 0.99}} {
		es := experts(c.rows, schema)
		from := es.Estimator(x)
		modeltest.Near(t, "weight", from.Weight, c.want)
		if from.Weight <= before || from.Own != es.Site || from.Prior != es.Prior || from.Correction != es.Correction {
			t.Errorf("%d rows: %+v", c.rows, from)
		}
		before = from.Weight
		if far := es.Estimator(x.Only(Required)); far.Own != nil || far.Weight != 0 || far.Prior != es.Prior {
			t.Errorf("far from the site %+v answers", far)
		}
	}
	alone := &Experts{Site: &Expert{}, Rows: 20, Schema: schema}
	if from := alone.Estimator(x); from.Own != alone.Site || from.Weight != 1 || from.Prior != nil {
		t.Errorf("who is alone: %+v", from)
	}
}

func TestOutside(t *testing.T) {
	x := modeltest.VM()
	es := experts(100, knowing(x, FromSimulation))
	with := func(f migration.Feature, v float64) migration.Features {
		y := x
		y.Set(f, v)
		return y
	}
	if from := es.Estimator(x); from.Outside {
		t.Error("what lies among the training rows lies outside")
	}
	for f := range physical.All() {
		if f == migration.DirtyCurve || !x.Known().Has(f) {
			continue
		}
		if from := es.Estimator(with(f, 3*x.Get(f))); !from.Outside {
			t.Errorf("three times the %s lies inside", f)
		}
	}
	steep := x
	steep.SetPoints([]migration.Point{{Seconds: 1, MiB: 3 * x.Curve().At(1)}})
	if from := es.Estimator(steep); !from.Outside {
		t.Error("a curve three times as steep lies inside")
	}
	for _, f := range []migration.Feature{migration.CPULoad, migration.DiskIO, migration.VCPUs} {
		if from := es.Estimator(with(f, 1000)); from.Outside {
			t.Errorf("%s lies outside, of which the physics knows nothing", f)
		}
	}
	unseen := experts(100, make([]FieldRange, migration.Count))
	if from := unseen.Estimator(x); from.Outside {
		t.Error("what no training row knew lies outside")
	}
	if from := (&Experts{Site: &Expert{}, Schema: es.Schema}).Estimator(with(migration.DowntimeLimitMS, 1e6)); !from.Outside {
		t.Error("a site that is alone follows what it has not seen")
	}
}

func TestExpertsThereAre(t *testing.T) {
	site, prior := &Expert{}, &Expert{}
	for _, c := range []struct {
		name                      string
		es                        Experts
		main, ofSite, ofSimulated *Expert
		all                       int
	}{
		{"both", Experts{Site: site, Prior: prior}, site, site, prior, 2},
		{"the site's", Experts{Site: site}, site, site, site, 1},
		{"the prior", Experts{Prior: prior}, prior, prior, prior, 1},
	} {
		if c.es.Main() != c.main || c.es.Of(true) != c.ofSite || c.es.Of(false) != c.ofSimulated || len(c.es.All()) != c.all || c.es.All()[0] != c.main {
			t.Errorf("%s: main %t, of the site %t, of simulated ones %t, all %d", c.name, c.es.Main() == c.main,
				c.es.Of(true) == c.ofSite, c.es.Of(false) == c.ofSimulated, len(c.es.All()))
		}
	}
}

// What a prior knows of real migrations was made at other sites than the one it is used at.
func TestPriorSchemaForgetsTheSite(t *testing.T) {
	x := modeltest.VM()
	es := experts(100, knowing(x, FromSite, FromOthers, FromSimulation))
	for f := range x.Known().All() {
		got := es.PriorSchema()[f]
		want := es.Schema[f]
		if got.Site != nil || got.SiteRows != 0 || want.SiteRows == 0 {
			t.Errorf("%s: %+v of %+v", f, got, want)
		}
		if got.OthersRows != want.OthersRows || got.Rows != want.Rows {
			t.Errorf("%s forgets more than the site: %+v of %+v", f, got, want)
		}
	}
}
