package precopy

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"vmmp/pkg/migration"
)

func TestReusedHasTheMediansOfRealWorkloads(t *testing.T) {
	for _, test := range []struct{ seconds, want float64 }{{0, 0}, {0.1, 0.55}, {0.3, 0.71}, {1, 1}, {1e6, 6.9}} {
		if got := reused(test.seconds, 1, 6.9); math.Abs(got-test.want) > 0.005 {
			t.Errorf("%g of the MiB of a second are dirtied within %g s, want %g", got, test.seconds, test.want)
		}
	}
}

func TestReusedNeverFallsNorLeaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0, 1e6).Draw(t, "rate")
		plateau := rapid.Float64Range(0, 1e7).Draw(t, "plateau")
		before := 0.0
		for at := 1e-3; at < 1e4; at *= 1.01 {
			mib := reused(at, rate, plateau)
			if math.IsNaN(mib) || mib < before*(1-1e-12) || mib > max(rate, plateau)*(1+1e-12) {
				t.Fatalf("%g MiB in %g s, after %g", mib, at, before)
			}
			if at > 1e-3 && mib > before*1.011 { // never faster than the time
				t.Fatalf("leaps from %g to %g MiB at %g s", before, mib, at)
			}
			before = mib
		}
	})
}

// What was measured is believed: only of a guest of which no more than a rate is known the shape is supposed.
func TestShapeIsOfWhatWasNotMeasured(t *testing.T) {
	measured := features(nil)
	measured.SetPoints([]migration.Point{{Seconds: 0.1, MiB: 19}, {Seconds: 1, MiB: 20}, {Seconds: 10, MiB: 60}})
	for name, test := range map[string]struct {
		x       migration.Features
		differs bool
	}{
		"a curve":                 {measured, false},
		"a rate and a plateau":    {features(nil), true},
		"a rate":                  {features(map[migration.Feature]float64{migration.WorkingSetMiB: math.NaN()}), true},
		"nothing is ever dirtied": {features(map[migration.Feature]float64{migration.DirtyRate: 0, migration.WorkingSetMiB: 0}), false},
	} {
		vm := described(t, test.x)
		known, reuse := vm.dirty(Hypothesis{1, AsKnown}, 1), vm.dirty(Hypothesis{1, Reuse}, 1)
		if a, b := known(0.1), reuse(0.1); (a != b) != test.differs {
			t.Errorf("%s: %g MiB in 0.1 s as known, %g with reuse", name, a, b)
		}
		if a, b := vm.dirty(Hypothesis{2, AsKnown}, 1.5)(1), known(3); a != b {
			t.Errorf("%s: %g MiB in a second of a guest three times as fast, %g in three", name, a, b)
		}
	}
}
