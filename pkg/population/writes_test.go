package population

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestUntilInvertsTheCurve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGuest(newRand(rapid.Uint64().Draw(t, "seed"), 0))
		share := rapid.Float64Range(1e-6, mostAtOnce).Draw(t, "share")
		mib := share * g.truth.workingSet()
		if back := g.truth.at(g.truth.until(mib)); math.Abs(back-mib) > 1e-6*mib {
			t.Fatalf("%g MiB take %g s, in which %g are dirtied", mib, g.truth.until(mib), back)
		}
		if seconds := g.truth.until(0); seconds != 0 {
			t.Fatalf("nothing takes %g s", seconds)
		}
	})
}

// Whatever was measured of a guest, it can be made to dirty like that.
func TestResemblingMeetsWhatIsKnown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawGuest(newRand(rapid.Uint64().Draw(t, "seed"), 0)).truth
		rate, set := rapid.Float64Range(0, 1e6).Draw(t, "rate"), rapid.Float64Range(0, 1e7).Draw(t, "set")
		near := func(what string, got, want float64) {
			if !(math.Abs(got-want) <= 1e-6*want) {
				t.Fatalf("%s is %g MiB, want %g", what, got, want)
			}
		}
		both := w.fitted(rate, set)
		near("the rate beside the set", both.at(1), rate)
		near("the set beside the rate", both.workingSet(), max(set, rate/mostAtOnce))
		near("the rate alone", w.fitted(rate, math.NaN()).at(1), rate)
		near("the set alone", w.fitted(math.NaN(), set).workingSet(), set)
		if same := w.fitted(math.NaN(), math.NaN()); same != w {
			t.Fatalf("of nothing known %+v became %+v", w, same)
		}
	})
}

// Whatever the shape asked for, it is met where two sets can meet it.
func TestShapedMeetsItsRatePlateauAndRatio(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0.01, 1e5).Draw(t, "rate")
		set := rate * rapid.Float64Range(1.8, 60).Draw(t, "set over rate")
		ratio := rapid.Float64Range(1.15, 8).Draw(t, "ratio")
		w := shaped(rate, set, ratio)
		near := func(what string, got, want, tolerance float64) {
			if math.Abs(got-want) > tolerance*want {
				t.Fatalf("%s is %g, want %g", what, got, want)
			}
		}
		near("D(1 s)", w.at(1), rate, 1e-9)
		near("the working set", w.workingSet(), set, 1e-9)
		near("D(1 s) over D(0.1 s)", w.at(1)/w.at(0.1), ratio, 0.3) // cold pages of a small set are dirtied sooner
	})
}
