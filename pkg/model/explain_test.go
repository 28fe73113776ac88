package model

import (
	"encoding/json"
	"math"
	"math/bits"
	"testing"

	"pgregory.net/rapid"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/modeltest"
)

// byArrival is the Shapley value by its definition: the mean over all orders of
// arrival of what each player adds on arriving.
func byArrival(value []float64, n int) []float64 {
	phi, orders := make([]float64, n), 0.0
	var arrive func(present int)
	arrived := []int{}
	arrive = func(present int) {
		if len(arrived) == n {
			orders++
			before := 0
			for _, i := range arrived {
				phi[i] += value[before|1<<i] - value[before]
				before |= 1 << i
			}
			return
		}
		for i := range n {
			if present&(1<<i) == 0 {
				arrived = append(arrived, i)
				arrive(present | 1<<i)
				arrived = arrived[:len(arrived)-1]
			}
		}
	}
	arrive(0)
	for i := range phi {
		phi[i] /= orders
	}
	return phi
}

func game(t *rapid.T, n int) []float64 {
	return rapid.SliceOfN(rapid.Float64Range(-10, 10), 1<<n, 1<<n).Draw(t, "value")
}

func TestShapleyIsTheMeanOverAllOrders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 6).Draw(t, "n")
		value := game(t, n)
		want := byArrival(value, n)
		for i, phi := range shapley(value, n) {
			modeltest.Near(t, "value", phi, want[i])
		}
	})
}

func TestShapleySharesAllThereIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 10).Draw(t, "n")
		value := game(t, n)
		sum := 0.0
		for _, phi := range shapley(value, n) {
			sum += phi
		}
		modeltest.Near(t, "sum", sum, value[len(value)-1]-value[0])
	})
}

func TestADummyGetsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "n")
		dummy := rapid.IntRange(0, n-1).Draw(t, "dummy")
		value := game(t, n)
		for subset := range value {
			value[subset] = value[subset&^(1<<dummy)]
		}
		if phi := shapley(value, n)[dummy]; phi != 0 {
			t.Fatalf("a player who adds nothing gets %v", phi)
		}
	})
}

func TestEqualsGetTheSame(t *testing.T) {
	value := make([]float64, 1<<5)
	for subset := range value {
		value[subset] = math.Sqrt(float64(bits.OnesCount(uint(subset))))
	}
	for _, phi := range shapley(value, 5) {
		modeltest.Near(t, "share", phi, math.Sqrt(5)/5)
	}
}

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

// What no row of the training data knows cannot matter.
func TestAnUnusedFeatureHasNoFactor(t *testing.T) {
	examples := modeltest.Migrations(60, 5)
	for i := range examples {
		examples[i].Features.Set(migration.VCPUs, math.NaN())
		examples[i].Features.Set(migration.AutoConverge, math.NaN())
	}
	m := TrainFixture(examples, 5)
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
	}{{"2", 2}, {"4", 4}, {"8", 8}, {"12", 12}} {
		x := modeltest.VM().Only(migration.Of(order[:c.known]...))
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				m.Explain(x)
			}
		})
	}
}
