package estimate

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/precopy"
	"vmmp/pkg/prediction"
)

// How far migrations of one site differ from what the physics says of each.
const (
	runSigma   = 0.2
	totalSigma = 0.03
)

// ofAnySite is a prior that knows no more than the physics, and how far that is off.
func ofAnySite(t testing.TB) *Experts {
	e := saying{residual: true, downtime: normal(0, runSigma), total: normal(0, totalSigma), converges: 0.95}.expert(t)
	return &Experts{Prior: e, Schema: make([]FieldRange, migration.Count)}
}

// slow is a site whose hosts take longer to hand over and send more slowly while they do, whose link carries less, and
// where the resident memory is the whole process's.
var slow = Correction{Place: slowPlace(), Memory: math.Log(1.4)}

func slowPlace() precopy.Site {
	s := precopy.Typical
	s.Overhead, s.OffsetMiB, s.Efficiency = 29*time.Millisecond, 60, 0.87
	return s
}

// happened returns n outcomes of migrations at a site with these constants.
func happened(site Correction, n int, seed uint64) []Outcome {
	r := rand.New(rand.NewPCG(seed, 1))
	outcomes := make([]Outcome, n)
	for i, m := range modeltest.Migrations(n, seed) {
		m.Features.Set(migration.TimeoutS, math.NaN())
		if i%2 == 0 { // rounds that the link decides
			m.Features.Set(migration.BandwidthCap, math.NaN())
		}
		p := Analyse(site.place(&Expert{Place: precopy.Typical}), m.Features)
		outcomes[i] = Outcome{
			Features:    m.Features,
			DowntimeMS:  math.Exp(site.pause().at(p.Downtime + runSigma*r.NormFloat64())),
			TotalTimeMS: math.Exp(p.Total + totalSigma*r.NormFloat64()),
		}
	}
	return outcomes
}

// judge returns the median error of the downtime and of the total time, as logarithms, and the share of downtimes that
// the 90 % interval holds.
func judge(prior *Experts, c Correction, outcomes []Outcome) (downtime, total, holds float64) {
	from := &Estimator{Prior: prior.Prior, Correction: c, Support: prediction.Site}
	off, late := make([]float64, len(outcomes)), make([]float64, len(outcomes))
	held := make([]float64, len(outcomes))
	Parallel(len(outcomes), func(b *Buffers, i int) {
		o := &outcomes[i]
		f := from.Forecast(b, evaluate.Downtime, o.Features)
		off[i] = math.Abs(math.Log(o.DowntimeMS / f.Point))
		held[i] = indicator(f.Lower <= o.DowntimeMS && o.DowntimeMS <= f.Upper)
		late[i] = math.Abs(math.Log(o.TotalTimeMS / from.Forecast(b, evaluate.TotalTime, o.Features).Point))
	})
	slices.Sort(off)
	slices.Sort(late)
	median := func(v []float64) float64 { return stat.Quantile(0.5, stat.LinInterp, v, nil) }
	return median(off), median(late), stat.Mean(held, nil)
}

// seeds are of samples of outcomes that a site may have had.
var seeds = []uint64{5, 6, 7}

// Ten outcomes of a site go most of the way from what is said of any to what is true there, a hundred nearly all of it.
func TestOutcomesTeachTheSite(t *testing.T) {
	const doubt = 0.2
	prior, fresh := ofAnySite(t), happened(slow, 400, 77)
	unknown, late, _ := judge(prior, Correction{Sigma: doubt}, fresh)
	best, soonest, _ := judge(prior, slow, fresh)
	if unknown < 2*best || late < 1.3*soonest {
		t.Fatalf("nothing to learn: medians of %.3f and %.3f, at best %.3f and %.3f", unknown, late, best, soonest)
	}
	for _, c := range []struct {
		n               int
		downtime, total float64 // share of what there is to learn that is left, at most, in any sample
		least, most     float64 // mean share that the interval holds
	}{
		{10, 0.35, 1.05, 0.85, 0.95}, {30, 0.25, 0.5, 0.85, 0.95}, {100, 0.2, 0.25, 0.85, 0.95},
	} {
		mean := 0.0
		for _, seed := range seeds {
			learned := prior.LearnCorrection(doubt, happened(slow, c.n, seed))
			off, took, holds := judge(prior, learned, fresh)
			if left := (off - best) / (unknown - best); left > c.downtime {
				t.Errorf("%d outcomes: a median error of %.3f, where none leave %.3f and all %.3f: %+v", c.n, off, unknown, best, learned)
			}
			if left := (took - soonest) / (late - soonest); left > c.total {
				t.Errorf("%d outcomes: a median error of total times of %.3f, where none leave %.3f and all %.3f: %+v",
					c.n, took, late, soonest, learned)
			}
			mean += holds / float64(len(seeds))
			if learned.Rows != c.n || !learned.Valid() {
				t.Errorf("%d outcomes: %+v", c.n, learned)
			}
		}
		if mean < c.least || mean > c.most {
			t.Errorf("after %d outcomes the interval holds %.3f", c.n, mean)
		}
	}
}

func TestManyOutcomesTellTheConstants(t *testing.T) {
	for _, seed := range seeds {
		c := ofAnySite(t).LearnCorrection(0.2, happened(slow, 400, seed))
		near(t, "fixed part", c.expectedMS()+c.FixedMS, 29, 12)
		near(t, "memory", c.Memory, slow.Memory, 0.08)
		near(t, "offset", c.Place.OffsetMiB, slow.Place.OffsetMiB, 15)
		near(t, "efficiency", c.Place.Efficiency, slow.Place.Efficiency, 0.05)
	}
}

// Of no outcome that tells anything nothing is learned, and what was doubted still is.
func TestNoOutcomeTeachesNothing(t *testing.T) {
	silent := happened(slow, 20, 5)
	for i := range silent {
		silent[i].DowntimeMS, silent[i].TotalTimeMS = math.NaN(), math.NaN()
	}
	blind := happened(slow, 20, 5)
	for i := range blind {
		blind[i].Features = blind[i].Features.Only(SeedFeatures)
	}
	for name, outcomes := range map[string][]Outcome{"none": nil, "silent": silent, "no physics": blind} {
		if c := ofAnySite(t).LearnCorrection(0.2, outcomes); c != (Correction{Sigma: 0.2}) {
			t.Errorf("%s: learned %+v", name, c)
		}
	}
}

// What a site's outcomes do not tell of is not corrected.
func TestDowntimesAndTotalTimesTeachAlone(t *testing.T) {
	pauses, times := happened(slow, 50, 5), happened(slow, 50, 5)
	for i := range pauses {
		pauses[i].TotalTimeMS, times[i].DowntimeMS = math.NaN(), math.NaN()
	}
	if c := ofAnySite(t).LearnCorrection(0.2, pauses); c.Time != 0 || c.Memory < 0.1 || c.Rows != 50 {
		t.Errorf("of pauses alone: %+v", c)
	}
	if c := ofAnySite(t).LearnCorrection(0.2, times); c.FixedMS != 0 || c.Memory != 0 || c.Rows != 0 || c.Spread != 0 || c.Place.Efficiency > 0.92 {
		t.Errorf("of total times alone: %+v", c)
	}
}

// The first outcome of a site does not make the prior sure of it: what is doubted fades with the outcomes.
func TestDoubtFades(t *testing.T) {
	prior, fresh := ofAnySite(t), happened(Correction{}, 50, 77)
	width := func(c Correction) float64 {
		from := &Estimator{Prior: prior.Prior, Correction: c}
		var b Buffers
		sum := 0.0
		for _, o := range fresh {
			sum += modeltest.LogWidth(from.Forecast(&b, evaluate.Downtime, o.Features)) / float64(len(fresh))
		}
		return sum
	}
	const doubt = 0.4
	all := happened(Correction{}, 300, 5)
	before := prior.LearnCorrection(doubt, nil)
	for _, n := range []int{1, 10, 100, 300} {
		c := prior.LearnCorrection(doubt, all[:n])
		if c.Sigma >= before.Sigma || c.Sigma <= 0 {
			t.Errorf("after %d outcomes sigma is %v, before %v", n, c.Sigma, before.Sigma)
		}
		before = c
	}
	none, one := width(Correction{Sigma: doubt}), width(prior.LearnCorrection(doubt, all[:1]))
	if math.Abs(math.Log(one/none)) > 0.15 {
		t.Errorf("one outcome takes the width from %.2f to %.2f", none, one)
	}
	if sure := width(before); sure > 0.75*none || sure < 2*1.645*runSigma*0.85 {
		t.Errorf("three hundred outcomes take the width from %.2f to %.2f", none, sure)
	}
}

// A migration that stalled tells of itself.
func TestAStallMovesLittle(t *testing.T) {
	prior, fresh := ofAnySite(t), happened(slow, 200, 77)
	for _, seed := range seeds {
		outcomes := happened(slow, 20, seed)
		plain := prior.LearnCorrection(0.2, outcomes)
		outcomes[7].DowntimeMS *= 50
		outcomes[7].TotalTimeMS *= 3
		stalled := prior.LearnCorrection(0.2, outcomes)
		off, _, _ := judge(prior, plain, fresh)
		after, _, _ := judge(prior, stalled, fresh)
		if after > 1.25*off {
			t.Errorf("a stall takes the median error from %.3f to %.3f: %+v, %+v", off, after, plain, stalled)
		}
		if math.Abs(stalled.Place.Efficiency-plain.Place.Efficiency) > 0.01 || math.Abs(stalled.Memory-plain.Memory) > 0.15 {
			t.Errorf("a stall makes %+v of %+v", stalled, plain)
		}
	}
}

// A site like any other is hardly corrected.
func TestATypicalSiteIsLeftAlone(t *testing.T) {
	prior, fresh := ofAnySite(t), happened(Correction{}, 300, 77)
	best, soonest, _ := judge(prior, Correction{}, fresh)
	for _, n := range []int{5, 20, 80} {
		off, took := 0.0, 0.0
		for _, seed := range seeds {
			d, t, _ := judge(prior, prior.LearnCorrection(0.2, happened(Correction{}, n, seed)), fresh)
			off, took = off+d/float64(len(seeds)), took+t/float64(len(seeds))
		}
		if off > 1.2*best || took > 1.3*soonest {
			t.Errorf("%d outcomes take the median errors from %.3f and %.3f to %.3f and %.3f", n, best, soonest, off, took)
		}
	}
}

// Where migrations of a site differ from each other more than the prior expects, it learns to be less sure.
func TestTheWidthIsThatOfTheSite(t *testing.T) {
	prior := ofAnySite(t)
	r := rand.New(rand.NewPCG(2, 2))
	restless := func(n int, seed uint64) []Outcome {
		outcomes := happened(Correction{}, n, seed)
		for i := range outcomes {
			outcomes[i].DowntimeMS *= math.Exp(math.Sqrt(3) * runSigma * r.NormFloat64()) // twice the sigma in all
		}
		return outcomes
	}
	c := prior.LearnCorrection(0, restless(300, 5))
	near(t, "spread", c.Spread, math.Log(2), 0.15)
	if _, _, holds := judge(prior, c, restless(500, 77)); holds < 0.85 || holds > 0.95 {
		t.Errorf("the interval holds %.3f", holds)
	}
	if _, _, holds := judge(prior, Correction{}, restless(500, 77)); holds > 0.75 {
		t.Errorf("without outcomes it holds %.3f already", holds)
	}
}

func TestArgminFindsTheLeast(t *testing.T) {
	for _, at := range []float64{-2, -0.65, 0, 0.1, 2} {
		got := argmin(2, func(v float64) float64 { return square(v - at) })
		near(t, "argmin", got, at, 0.025+1e-12)
	}
	if got := argmin(2, func(float64) float64 { return 7 }); got != 0 {
		t.Errorf("where all is alike it is %v", got)
	}
}

func TestRobust(t *testing.T) {
	modeltest.Near(t, "of a small error", robust(1.2), 0.72)
	modeltest.Near(t, "of as large a one below", robust(-1.2), 0.72)
	modeltest.Near(t, "at a surprise", robust(surprise), surprise*surprise/2)
	modeltest.Near(t, "beyond it", robust(surprise+4)-robust(surprise+3), surprise)
}

// How sure a total time is follows from how far the site's own were off.
func TestTheWidthOfTotalTimesIsThatOfTheSite(t *testing.T) {
	prior := ofAnySite(t)
	sure, unsure := happened(Correction{}, 200, 5), happened(Correction{}, 200, 5)
	r := rand.New(rand.NewPCG(3, 3))
	for i := range unsure {
		unsure[i].TotalTimeMS *= math.Exp(0.3 * r.NormFloat64())
	}
	a, b := prior.LearnCorrection(0.2, sure), prior.LearnCorrection(0.2, unsure)
	if a.TimeSpread > 0.3 || b.TimeSpread < a.TimeSpread+1 {
		t.Errorf("spread %v where totals are as expected, %v where they are not", a.TimeSpread, b.TimeSpread)
	}
}

// Of a VM that is unlike those of the site, outcomes of the site make no answer surer.
func TestAfarIsNoSurer(t *testing.T) {
	near := Correction{Rows: 90, Place: slowPlace(), Memory: 0.2, Spread: -0.5, TimeSpread: -0.4, Sigma: 0.1}
	far := near.afar()
	if far.Spread != 0 || far.TimeSpread != 0 || far.Place != near.Place || far.Memory != near.Memory {
		t.Errorf("afar %+v of %+v", far, near)
	}
	modeltest.Near(t, "sigma", far.Sigma, near.Doubt())
	if wide := (&Correction{Spread: 0.5}).afar(); wide.Spread != 0.5 {
		t.Errorf("what is known to be unsure is %+v afar", wide)
	}
}
