package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"vmmp/forest"
	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/precopy"
)

// fresh is migrations that no model of these tests has seen.
func fresh(n int) []Example { return draw(n, 1<<40) }

// asPattern is what model says of the examples to somebody of that pattern.
func asPattern(m fixture, examples []Example, p Pattern) *evaluate.Metrics {
	e := predictMasked(m.experts, examples, evaluate.Downtime, func(i int) migration.Set { return p.Mask(1<<41, uint64(i)) })
	return e.score()
}

// The law of calibration. Two samples are finite: the rows that the calibration
// was learned from, of which the recorded ones are the effective number, since the
// masked copies of one migration are no news of each other; and the fresh ones.
func TestIntervalsAndConfidenceHoldOnFreshRows(t *testing.T) {
	m, examples := judged(), fresh(1200)
	learnedFrom := float64(m.outOfBag.Rows)
	for _, p := range Patterns {
		s := asPattern(m, examples, p)
		noise := func(share float64) float64 {
			return 3.5 * math.Sqrt(share*(1-share)*(1/learnedFrom+1/float64(s.Rows)))
		}
		if s.Rows < 600 {
			t.Fatalf("%s: %d rows", p.Name, s.Rows)
		}
		if off := math.Abs(float64(s.Coverage90) - 0.9); !(off <= noise(0.9)) {
			t.Errorf("%s: an interval of 90 %% holds %.3f of %d; noise is %.3f", p.Name, s.Coverage90, s.Rows, noise(0.9))
		}
		hits := float64(s.Within25)
		if off := math.Abs(float64(s.MeanConfidence) - hits); !(off <= noise(hits)) {
			t.Errorf("%s: mean confidence %.3f, share of hits %.3f; noise is %.3f", p.Name, s.MeanConfidence, hits, noise(hits))
		}
	}
}

// The report's figures out of bag are of rows that did not teach the calibration.
func TestCalibrationHoldsOutOfBag(t *testing.T) {
	s := judged().outOfBag
	if math.Abs(float64(s.Coverage90)-0.9) > 0.05 || math.Abs(float64(s.MeanConfidence-s.Within25)) > 0.05 {
		t.Errorf("coverage %.3f, mean confidence %.3f, hits %.3f of %d rows", s.Coverage90, s.MeanConfidence, s.Within25, s.Rows)
	}
}

// A confidence is no constant: those who know more are, and are told to be,
// surer.
func TestConfidenceTellsApart(t *testing.T) {
	m, examples := judged(), fresh(400)
	little, much := asPattern(m, examples, pattern(t, "cpu_mem")), asPattern(m, examples, pattern(t, "recorded"))
	if much.MeanConfidence < little.MeanConfidence+0.1 || much.Within25 < little.Within25+0.1 {
		t.Errorf("confidence %.2f and hits %.2f knowing little, %.2f and %.2f knowing all",
			little.MeanConfidence, little.Within25, much.MeanConfidence, much.Within25)
	}
}

func TestMoreKnowledgeNarrowsTheInterval(t *testing.T) {
	m, examples := judged(), fresh(300)
	physics := estimate.Required | migration.Of(migration.NetworkBandwidth, migration.MemoryMiB, migration.DirtyRate, migration.DowntimeLimitMS)
	before := math.Inf(1)
	for _, known := range []migration.Set{0, estimate.Required, physics, migration.Everything} {
		var b estimate.Buffers
		sum := 0.0
		main := estimate.Estimator{Prior: m.experts.Main()}
		for _, e := range examples {
			sum += modeltest.LogWidth(main.Answer(&b, e.Features.Only(known), 0).Downtime)
		}
		// CPU load and memory usage tell next to nothing here: there the two widths
		// differ by what calibrations on 500 rows differ by.
		if sum >= before+0.1*float64(len(examples)) {
			t.Errorf("knowing %v the mean log width is %.3f, knowing less %.3f", known, sum/300, before/300)
		}
		before = sum
	}
}

func TestConvergenceHoldsOnFreshRows(t *testing.T) {
	m, examples := judged(), fresh(1200)
	for _, p := range Patterns {
		c := convergence(m.experts, examples, func(i int) migration.Set { return p.Mask(1<<41, uint64(i)) })
		share := float64(c.Converged)
		coin := share * (1 - share) // the Brier score of who only knows how often
		if p.Name == "cpu_mem" {
			coin += 0.002 // next to nothing follows from them: a calibration on 500 rows may cost as much
		}
		if c.Rows != 1200 || !(float64(c.Brier) < coin) || !(c.AUC > 0.53) || !(c.Calibration < 0.1) {
			t.Errorf("%s: %+v; the share alone scores %.3f", p.Name, c, coin)
		}
	}
	if got := convergence(m.experts, examples, unmasked); got.AUC < 0.95 || got.Brier > 0.06 {
		t.Errorf("knowing all: %+v", got)
	}
}

func TestWithinLimitHoldsOnFreshRows(t *testing.T) {
	m, examples := judged(), fresh(1200)
	for _, name := range []string{"recorded", "any"} {
		p := pattern(t, name)
		off := withinLimit(m.experts, examples, func(i int) migration.Set { return p.Mask(1<<41, uint64(i)) }, 1)
		if !(off < 0.08) {
			t.Errorf("%s: the probability of staying under a limit is off by %.3f", name, off)
		}
	}
}

// Rows that do not tell whether a limit was kept say nothing about it.
func TestWithinLimitLeavesOutWhatIsNotTold(t *testing.T) {
	m, examples := tiny(), fresh(100)
	everything := func(int) migration.Set { return migration.Everything }
	want := withinLimit(m.experts, examples, everything, 1)
	for range 100 {
		silent := examples[0]
		silent.Outcome, silent.Untimed = outcome(migration.Completed, math.NaN(), 3), nil
		failed := silent
		failed.Outcome.Status = migration.Failed
		examples = append(examples, silent, failed)
	}
	if got := withinLimit(m.experts, examples, everything, 1); got != want {
		t.Errorf("off by %v with rows that do not tell, %v without", got, want)
	}
}

// No row is judged by a tree that saw a copy of it or another of its group.
func TestGroupsAreInTheBagOrOutOfIt(t *testing.T) {
	examples := inGroups(draw(60, 1), 9)
	d := newDesign(precopy.Typical, examples, 5, 1)
	rows := d.where(switchedOver)
	f, err := forest.Fit(t.Context(), rows.data(rows.y, true), forest.Config{Trees: 12, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	bag, err := f.OutOfBag(rows.data(rows.y, true))
	if err != nil {
		t.Fatal(err)
	}
	unseen := map[string]int{}
	differ := false
	for k := range rows.y {
		group := examples[rows.row(k).example].Group
		n, ok := unseen[group]
		if ok && n != bag.Trees(k) {
			t.Fatalf("%d trees did not see row %d, %d another of its group", bag.Trees(k), k, n)
		}
		for _, other := range unseen {
			differ = differ || other != bag.Trees(k)
		}
		unseen[group] = bag.Trees(k)
	}
	if len(unseen) != 9 || !differ {
		t.Errorf("trees that did not see each group: %v", unseen)
	}
}

func TestEveryClassIsTrained(t *testing.T) {
	d := newDesign(precopy.Typical, draw(200, 1), 16, 1)
	var rows [estimate.Classes]int
	for _, row := range d.rows {
		rows[row.class]++
	}
	for c, n := range rows {
		if n == 0 {
			t.Errorf("no row is of class %d", c)
		}
	}
}

func TestClassesOfFewRowsShareACalibration(t *testing.T) {
	var rows [estimate.Classes][]int
	rows[0] = make([]int, fewestOfClass)
	rows[7] = make([]int, fewestOfClass-1)
	cs := calibrate(rows, func(s []int) int { return len(s) })
	for c, want := range map[estimate.Class]int{0: fewestOfClass, 7: 2*fewestOfClass - 1, 1: 2*fewestOfClass - 1} {
		if got := cs.Of(c); got != want {
			t.Errorf("class %d is calibrated on %d rows, want %d", c, got, want)
		}
	}
	if cs.Rows[0] != fewestOfClass || len(cs.Rows) != 1 {
		t.Errorf("rows %v", cs.Rows)
	}
}

func TestNothingToCalibrateOn(t *testing.T) {
	cs := calibrate([estimate.Classes][]int{}, func([]int) estimate.Levels { panic("learned from nothing") })
	if got := cs.Of(0); got != nil {
		t.Errorf("calibration %v", got)
	}
}

func TestLevelsOfACalibratedForecastChangeLittle(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	u := make([]float64, 20000)
	for i := range u {
		u[i] = r.Float64()
	}
	m := levelsOf(u)
	for p := 0.0; p <= 1; p += 0.05 {
		if math.Abs(m.Quantile(p)-p) > 0.015 {
			t.Errorf("level %.2f becomes %.3f", p, m.Quantile(p))
		}
	}
}

// The k-th smallest of n levels stands for k/(n+1): of however few rows levels are
// learned, and whatever their distribution, a further one lies below with exactly
// that probability.
func TestLevelsHoldTheirShareOfFewRows(t *testing.T) {
	const trials = 8000
	for _, c := range []struct {
		n int
		p float64
	}{{1, 0.5}, {3, 0.25}, {4, 0.8}, {9, 0.1}, {9, 0.9}, {19, 0.05}, {19, 0.95}, {39, 0.975}} {
		r := rand.New(rand.NewPCG(uint64(c.n), uint64(1000*c.p)))
		below, u := 0, make([]float64, c.n)
		for range trials {
			for i := range u {
				u[i] = math.Pow(r.Float64(), 2)
			}
			if math.Pow(r.Float64(), 2) <= levelsOf(u).Quantile(c.p) {
				below++
			}
		}
		share, sigma := float64(below)/trials, math.Sqrt(c.p*(1-c.p)/trials)
		if math.Abs(share-c.p) > 4*sigma {
			t.Errorf("%d rows: a further one lies below the quantile at %v in %.4f of the trials", c.n, c.p, share)
		}
	}
}
