package evaluate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"vmmp/pkg/migration"
)

// powerLaw draws VMs whose downtime is 1e4 * rate^0.5 / bandwidth * exp(cpu/100),
// up to the 1 in log(1 + value).
func powerLaw(n int, seed uint64) (x []migration.Features, y []float64) {
	random := rand.New(rand.NewPCG(seed, 0))
	for range n {
		rate, bandwidth, cpu := math.Exp(2+5*random.Float64()), math.Exp(5+5*random.Float64()), 100*random.Float64()
		v := dirtying(rate)
		v.Set(migration.NetworkBandwidth, bandwidth)
		v.Set(migration.CPULoad, cpu)
		x, y = append(x, v), append(y, 1e4*math.Sqrt(1+rate)/(1+bandwidth)*math.Exp(cpu/100))
	}
	return x, y
}

func TestLinearFindsAPowerLaw(t *testing.T) {
	x, y := powerLaw(500, 1)
	b := must(t)(Linear(x, y))
	x, y = powerLaw(500, 2)
	m := Score(y, forecasts(b, x))
	if m.LogR2 < 0.9999 || m.P90RelativeError > 0.01 || m.Within25 != 1 {
		t.Errorf("%+v", m)
	}
}

// Rows of which something is unknown are answered by the mean of it; whether
// somebody knows it may itself be telling.
func TestLinearOfPartialKnowledge(t *testing.T) {
	x, y := powerLaw(2000, 1)
	for i := range x {
		if i%2 == 0 {
			x[i].Set(migration.CPULoad, math.NaN())
			y[i] *= 2
		}
	}
	b := must(t)(Linear(x, y))
	known, unknown := x[1], x[1]
	known.Set(migration.CPULoad, 50)
	unknown.Set(migration.CPULoad, math.NaN())
	if ratio := b.Forecast(unknown).Point / b.Forecast(known).Point; math.Abs(ratio-2) > 0.1 {
		t.Errorf("the unknown column says %v, want 2", ratio)
	}
	if f := b.Forecast(migration.Features{}); !(f.Point > 0) || math.IsInf(f.Point, 0) {
		t.Errorf("nothing known: %+v", f)
	}
}

func TestLinearReadsTheCurve(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	var x []migration.Features
	var y []float64
	for range 300 {
		var v migration.Features
		at1 := math.Exp(6 * random.Float64())
		v.SetPoints([]migration.Point{{Seconds: 0.1, MiB: at1 / 5}, {Seconds: 1, MiB: at1}, {Seconds: 5, MiB: 2 * at1}})
		x, y = append(x, v), append(y, 10*(1+at1))
	}
	b := must(t)(Linear(x, y))
	if m := Score(y, forecasts(b, x)); m.LogR2 < 0.999 {
		t.Errorf("%+v", m)
	}
}

func TestLinearNeverLeavesItsBounds(t *testing.T) {
	x, y := powerLaw(40, 5)
	b := must(t)(Linear(x, y))
	rapid.Check(t, func(t *rapid.T) {
		var v migration.Features
		for _, d := range migration.Definitions[:measured] {
			if d.Kind != migration.Points && rapid.Bool().Draw(t, "known") {
				v.Set(d.Feature, rapid.Float64Range(d.Min, d.Max).Draw(t, d.Name))
			}
		}
		f := b.Forecast(v)
		if !(f.Lower > 0) || math.IsInf(f.Upper, 0) || math.IsNaN(f.Point) {
			t.Fatalf("%+v", f)
		}
	})
}

func TestLinearIgnoresAConstantColumn(t *testing.T) {
	x, y := powerLaw(200, 1)
	plain := must(t)(Linear(x, y))
	for i := range x {
		x[i].Set(migration.MemoryMiB, 4096)
	}
	with := must(t)(Linear(x, y))
	probe := x[3]
	probe.Set(migration.MemoryMiB, 1<<20)
	if got, want := with.Forecast(probe).Point, plain.Forecast(probe).Point; math.Abs(got/want-1) > 1e-9 {
		t.Errorf("%v, without the column %v", got, want)
	}
}

func BenchmarkLinear(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		x, y := powerLaw(n, 1)
		b.Run(fmt.Sprintf("rows=%d", n), func(b *testing.B) {
			for b.Loop() {
				must(b)(Linear(x, y))
			}
		})
	}
}
