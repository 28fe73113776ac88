package evaluate

import (
	"math"
	"testing"

	"vmmp/pkg/migration"
	"vmmp/pkg/precopy"
)

// physical draws VMs of which the physics knows enough, and what it says.
func physical(t *testing.T, n int) (x []migration.Features, all []precopy.Analysis) {
	t.Helper()
	for i := range n {
		v := dirtying(5 + float64(i))
		v.Set(migration.NetworkBandwidth, 1000)
		v.Set(migration.MemoryMiB, 2048)
		v.Set(migration.WorkingSetMiB, 400)
		vm, ok := precopy.Describe(v)
		if !ok {
			t.Fatal("the physics has no answer")
		}
		x, all = append(x, v), append(all, vm.Analyse(precopy.ZerosAsBooted))
	}
	return x, all
}

// A guest twice as slow as the physics says is a bias, and a bias is corrected.
func TestPrecopyIsThePhysicsWithoutItsBias(t *testing.T) {
	x, all := physical(t, 30)
	for target, of := range map[Target]func(precopy.Analysis) float64{
		Downtime:  func(a precopy.Analysis) float64 { return a.DowntimeMS },
		TotalTime: func(a precopy.Analysis) float64 { return a.TotalTimeMS },
	} {
		y := make([]float64, len(x))
		for i, a := range all {
			y[i] = 2 * of(a)
		}
		b := must(t)(Precopy(target, x, y))
		for i, f := range forecasts(b, x) {
			if math.Abs(f.Point/y[i]-1) > 1e-9 || f.Confidence != 1 {
				t.Errorf("target %d: %+v for %v", target, f, y[i])
			}
		}
		if got, want := b.Forecast(dirtying(1)), must(t)(Median(x, y)).Forecast(x[0]); got != want {
			t.Errorf("target %d: too little is known: %+v, the median says %+v", target, got, want)
		}
	}
}

func TestPrecopyRefusesAnUnknownTarget(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	_, _ = Precopy(Target(7), nil, nil)
}
