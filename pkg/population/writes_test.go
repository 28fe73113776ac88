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
