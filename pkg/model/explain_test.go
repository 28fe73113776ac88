package model

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/model/internal/modeltest"
)

func TestPick(t *testing.T) {
	features := []migration.Feature{migration.DiskIO, migration.VCPUs, migration.TimeoutS}
	if got, want := pick(features, 0b101), migration.Of(migration.DiskIO, migration.TimeoutS); got != want {
		t.Errorf("picked %v, want %v", got, want)
	}
	if got := pick(features, 0); got != 0 {
		t.Errorf("picked %v of nothing", got)
	}
}

func TestExplanationMultipliesToThePrediction(t *testing.T) {
	m := tiny()
	rapid.Check(t, func(t *rapid.T) {
		mask := migration.Set(0)
		for range rapid.IntRange(0, 7).Draw(t, "n") {
			mask |= migration.Of(migration.Feature(rapid.IntRange(0, migration.Count-1).Draw(t, "feature")))
		}
		x := modeltest.VM().Only(mask)
		p := m.Predict(x, Options{Explain: true})
		e := p.Explanation
		product := e.Base
		for _, c := range e.Contributions {
			product *= c.Factor
		}
		modeltest.Near(t, "base times factors", product/e.Prediction, 1)
		modeltest.Near(t, "prediction", e.Prediction/p.PredictedDowntime, 1)
		modeltest.Near(t, "base", e.Base, m.Predict(migration.Features{}, Options{}).PredictedDowntime)
		if len(e.Contributions) != x.Known().Len() {
			t.Fatalf("%d contributions of %v", len(e.Contributions), x.Known())
		}
	})
}

// everything knows all features of a VM.
func everything() migration.Features {
	x := modeltest.VM()
	for f := range (migration.Everything &^ x.Known()).All() {
		d := f.Definition()
		x.Set(f, d.Min+math.Round((d.Max-d.Min)/2))
	}
	return x
}

// However many features are known, the factors multiply to the prediction, and are near the exact ones.
func TestExplainManyFeatures(t *testing.T) {
	m := tiny()
	x := everything()
	if n := x.Known().Len(); n != migration.Count {
		t.Fatalf("%d features are known", n)
	}
	for _, x := range []migration.Features{x, x.Only(estimate.Learned)} {
		e := m.Explain(x)
		product := e.Base
		for _, c := range e.Contributions {
			product *= c.Factor
		}
		modeltest.Near(t, "base times factors", product/e.Prediction, 1)
		modeltest.Near(t, "prediction", e.Prediction, m.Predict(x, Options{}).PredictedDowntime)
	}
	x = x.Only(estimate.Learned)
	known := slices.Collect(x.Known().All())
	worth := make([]float64, 1<<len(known))
	var b estimate.Buffers
	for subset := range worth {
		some := x.Only(pick(known, subset))
		from := m.experts.Estimator(some)
		worth[subset] = from.LogDowntime(&b, some)
	}
	want := shapley(worth, len(known))
	for i, c := range m.Explain(x).Contributions {
		if got := math.Log(c.Factor); math.Abs(got-want[i]) > 0.1 {
			t.Errorf("%s has the factor %.3f, exactly it is %.3f", c.Feature, c.Factor, math.Exp(want[i]))
		}
	}
}

// What no row of the training data knows cannot matter.
func TestAnUnusedFeatureHasNoFactor(t *testing.T) {
	examples := modeltest.Migrations(60, 5)
	for i := range examples {
		examples[i].Features.Set(migration.VCPUs, math.NaN())
		examples[i].Features.Set(migration.AutoConverge, math.NaN())
	}
	m := TrainFixture(examples, 20)
	x := modeltest.VM().Only(migration.Of(migration.CPULoad, migration.VCPUs, migration.NetworkBandwidth))
	for _, c := range m.Explain(x).Contributions {
		if c.Feature == "vcpus" {
			modeltest.Near(t, "factor of vcpus", c.Factor, 1)
		} else if c.Factor == 1 {
			t.Errorf("%s has no factor", c.Feature)
		}
	}
}

func TestExplanationShowsValuesAsTheyWereGiven(t *testing.T) {
	var x migration.Features
	x.Set(migration.CPULoad, 12.5)
	x.Set(migration.VCPUs, 4)
	x.Set(migration.AutoConverge, 1)
	x.SetPoints([]migration.Point{{Seconds: 1, MiB: 20}})
	want := map[string]string{
		"cpu_load": "12.5", "vcpus": "4", "auto_converge": "true", "dirty_curve": `[{"seconds":1,"mib":20}]`,
	}
	contributions := tiny().Explain(x).Contributions
	for _, c := range contributions {
		text, err := json.Marshal(c.Value)
		if err != nil || string(text) != want[c.Feature] {
			t.Errorf("%s is shown as %s: %v", c.Feature, text, err)
		}
	}
	if len(contributions) != len(want) {
		t.Errorf("%d contributions", len(contributions))
	}
}

func TestNothingToExplain(t *testing.T) {
	e := tiny().Explain(migration.Features{})
	if e.Contributions == nil || len(e.Contributions) != 0 || e.Base != e.Prediction {
		t.Errorf("explanation %+v", e)
	}
}

func BenchmarkExplain(b *testing.B) {
	m, err := Default()
	if err != nil {
		b.Fatal(err)
	}
	order := []migration.Feature{
		migration.CPULoad, migration.MemoryUsage, migration.DiskIO, migration.NetworkBandwidth, migration.MemoryMiB, migration.DirtyRate,
		migration.DowntimeLimitMS, migration.VCPUs, migration.ResidentMiB, migration.WorkingSetMiB, migration.BandwidthCap, migration.DirtyCurve,
	}
	for _, c := range []struct {
		name  string
		known int
	}{{"2", 2}, {"4", 4}, {"8", 8}, {"12", 12}, {"25", migration.Count}} {
		x := everything()
		if c.known <= len(order) {
			x = x.Only(migration.Of(order[:c.known]...))
		}
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				m.Explain(x)
			}
		})
	}
}
