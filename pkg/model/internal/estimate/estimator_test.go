package estimate

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/modeltest"
)

// cool says that pauses are of about 100 ms, hot that they are of about 400: both of total times of minutes.
var (
	cool = saying{downtime: normal(math.Log(100), 0.2), total: normal(math.Log(60e3), 0.1), converges: 0.9}
	hot  = saying{downtime: normal(math.Log(400), 0.4), total: normal(math.Log(240e3), 0.3), converges: 0.5}
)

// both are the experts of cool and hot, of which the first has that weight.
func both(t testing.TB, weight float64) *Estimator {
	return &Estimator{Own: cool.expert(t), Prior: hot.expert(t), Weight: weight}
}

func TestAllTheWeightIsOnesOwnAnswer(t *testing.T) {
	x := modeltest.VM()
	var b Buffers
	for _, c := range []struct {
		name           string
		mixture, alone *Estimator
	}{
		{"the site's", both(t, 1), &Estimator{Own: cool.expert(t), Weight: 1}},
		{"the prior's", both(t, 0), &Estimator{Prior: hot.expert(t)}},
	} {
		got, want := c.mixture.Answer(&b, x, 120), c.alone.Answer(&b, x, 120)
		if !cmp.Equal(got, want) {
			t.Errorf("%s: %s", c.name, cmp.Diff(want, got))
		}
		modeltest.Near(t, c.name, c.mixture.LogDowntime(&b, x), c.alone.LogDowntime(&b, x))
	}
}

func TestMixtureIsTheWeightedMeanOfQuantiles(t *testing.T) {
	x := modeltest.VM()
	var b Buffers
	own, prior := both(t, 1).Answer(&b, x, 0), both(t, 0).Answer(&b, x, 0)
	mixture := both(t, 0.5)
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.Float64Range(0, 1).Draw(t, "weight")
		from := *mixture
		from.Weight = w
		got := from.Answer(&b, x, 0)
		between := func(what string, got, a, b float64) {
			if want := w*math.Log(a) + (1-w)*math.Log(b); math.Abs(math.Log(got)-want) > 0.02 {
				t.Fatalf("%s %v, of %v and %v", what, got, a, b)
			}
		}
		between("downtime", got.Downtime.Point, own.Downtime.Point, prior.Downtime.Point)
		between("lower end", got.Downtime.Lower, own.Downtime.Lower, prior.Downtime.Lower)
		between("upper end", got.Downtime.Upper, own.Downtime.Upper, prior.Downtime.Upper)
		between("total time", got.Total.Point, own.Total.Point, prior.Total.Point)
		for i := range got.Downtime.Quantiles {
			between("quantile", got.Downtime.Quantiles[i], own.Downtime.Quantiles[i], prior.Downtime.Quantiles[i])
		}
		modeltest.Near(t, "convergence", got.Converges, w*own.Converges+(1-w)*prior.Converges)
		modeltest.Near(t, "LogDowntime", from.LogDowntime(&b, x), math.Log(got.Downtime.Point))
		if width := modeltest.LogWidth(got.Downtime); width > modeltest.LogWidth(prior.Downtime)+0.02 {
			t.Fatalf("the mixture is %v wide, the wider of its parts %v", width, modeltest.LogWidth(prior.Downtime))
		}
	})
}

// A quantity that one of two has not learned of is the other's to tell.
func TestWhatOnlyOneHasLearned(t *testing.T) {
	silent := cool
	silent.total = nil
	from := &Estimator{Own: silent.expert(t), Prior: hot.expert(t), Weight: 0.9}
	var b Buffers
	x := modeltest.VM()
	got, prior := from.Answer(&b, x, 0), both(t, 0).Answer(&b, x, 0)
	if !cmp.Equal(got.Total, prior.Total) || !from.Tells(evaluate.TotalTime) {
		t.Errorf("total time %+v, want %+v", got.Total, prior.Total)
	}
	from.Weight = 1
	from.Prior = nil
	if from.Tells(evaluate.TotalTime) || !from.Tells(evaluate.Downtime) {
		t.Error("a total time is told that nobody has learned, or no downtime")
	}
	if got := from.Answer(&b, x, 0); !math.IsNaN(got.Total.Point) || !math.IsNaN(got.Total.Upper) {
		t.Errorf("total time %+v of one who has not learned of it", got.Total)
	}
}

func TestTheMainExpertHasTheGreaterSay(t *testing.T) {
	from := both(t, 0.5)
	if from.Main() != from.Own {
		t.Error("of equals the site's own expert is not the main one")
	}
	if from.Weight = 0.49; from.Main() != from.Prior {
		t.Error("who has the lesser say is the main one")
	}
	if from.Prior = nil; from.Main() != from.Own {
		t.Error("who is alone is not the main one")
	}
	if from := both(t, 0); from.Main() != from.Prior {
		t.Error("who has no say is the main one")
	}
}

// Within a timeout is over what switches over at all and takes no longer.
func TestTimeoutIsAskedOfTheTotalTime(t *testing.T) {
	var b Buffers
	x := modeltest.VM()
	for _, weight := range []float64{0, 0.4, 1} {
		from := both(t, weight)
		plain := from.Answer(&b, x, 150)
		before := 0.0
		for i, level := range evaluate.Levels {
			x := x
			x.Set(migration.TimeoutS, plain.Total.Quantiles[i]/1000)
			got := from.Answer(&b, x, 150)
			near(t, "P(in time) at a quantile of the total time", got.Converges, level*plain.Converges, 0.005)
			near(t, "P(in time and within the limit)", got.Within, level*plain.Within, 0.005)
			if got.Converges < before {
				t.Errorf("weight %v: P falls from %v to %v", weight, before, got.Converges)
			}
			before = got.Converges
			if !cmp.Equal(got.Downtime, plain.Downtime) || !cmp.Equal(got.Total, plain.Total) {
				t.Errorf("weight %v: a timeout changes the times", weight)
			}
			modeltest.Near(t, "LogDowntime", from.LogDowntime(&b, x), from.LogDowntime(&b, modeltest.VM()))
			modeltest.Near(t, "Convergence", from.Convergence(&b, x), got.Converges)
		}
	}
}

// No time is too short for a forest, but for the bytes.
func TestNothingIsOverBeforeItsBytesAreSent(t *testing.T) {
	hasty := saying{downtime: normal(math.Log(100), 0.2), total: normal(math.Log(500), 0.2), converges: 0.9}
	from := &Estimator{Prior: hasty.expert(t)}
	var x migration.Features
	x.Set(migration.NetworkBandwidth, 1000)
	x.Set(migration.ResidentMiB, 8192)
	least := leastTotalMS(x)
	if least < 60e3 {
		t.Fatalf("8 GiB at 1 Gbps take %v ms", least)
	}
	var b Buffers
	got := from.Answer(&b, x, 0)
	for name, ms := range map[string]float64{"point": got.Total.Point, "lower": got.Total.Lower, "upper": got.Total.Upper, "median": got.Total.Quantiles[9]} {
		modeltest.Near(t, name, ms, least)
	}
	if f := from.Forecast(&b, evaluate.TotalTime, x); f != got.Total {
		t.Errorf("forecast %+v, answered %+v", f, got.Total)
	}
	x.Set(migration.TimeoutS, least/1000*0.99)
	if got := from.Answer(&b, x, 0); got.Converges != 0 {
		t.Errorf("P(in time) = %v where the bytes alone take longer", got.Converges)
	}
	x.Set(migration.TimeoutS, least/1000*1.01)
	if got := from.Answer(&b, x, 0); got.Converges < 0.8 {
		t.Errorf("P(in time) = %v where there is time enough", got.Converges)
	}
}

func TestNoTotalTimeIsShorterThanThePause(t *testing.T) {
	hasty := saying{downtime: normal(math.Log(100), 0.2), total: normal(math.Log(20), 0.2), converges: 0.9}
	var b Buffers
	a := (&Estimator{Prior: hasty.expert(t)}).Answer(&b, migration.Features{}, 0)
	if a.Total.Point < a.Downtime.Point || a.Total.Lower < a.Downtime.Point {
		t.Errorf("a pause of %v ms in a migration of %v to %v", a.Downtime.Point, a.Total.Lower, a.Total.Upper)
	}
}

func TestWithinIsThatOfThePauseOfWhatConverges(t *testing.T) {
	from := both(t, 0.3)
	var b Buffers
	x := modeltest.VM()
	plain := from.Answer(&b, x, 0)
	if !math.IsNaN(plain.Within) {
		t.Errorf("P = %v of a limit that nobody asked about", plain.Within)
	}
	for i, level := range evaluate.Levels {
		near(t, "P", from.Answer(&b, x, plain.Downtime.Quantiles[i]).Within, level*plain.Converges, 0.005)
	}
}

// lateExpert is one to whom post-copy is short, and sure to be over.
func lateExpert(t testing.TB) *Expert {
	e := cool.expert(t)
	by := func(at0, at1 []float64) *Learner {
		return &Learner{Mode: Alone, Forest: forestBy(t, migration.Method.String(), at0, at1)}
	}
	for i := range e.Downtime.Learners {
		e.Downtime.Learners[i] = *by(cool.downtime, normal(math.Log(3), 0.2))
		e.Total.Learners[i] = *by(cool.total, normal(math.Log(20e3), 0.1))
	}
	e.Converge.Forest = forestBy(t, migration.Method.String(), []float64{0.8, 0.8}, []float64{0.99, 0.99})
	return e
}

// Pre-copy that becomes post-copy is answered as the likelier of the two, and is over in either way.
func TestPostcopyAtTheTimeout(t *testing.T) {
	from := &Estimator{Prior: lateExpert(t)}
	var b Buffers
	plain := func(method, timeout float64) Answer {
		x := modeltest.VM()
		x.Set(migration.Method, method)
		x.Set(migration.TimeoutS, timeout)
		return from.Answer(&b, x, 50)
	}
	nan := math.NaN()
	post := plain(migration.MethodPostcopy, nan)
	for _, c := range []struct {
		name    string
		timeout float64
		post    bool
	}{
		{"over in time", 600, false}, {"no timeout is known", nan, false}, {"likely over in time", 66, false}, {"not over in time", 30, true},
	} {
		pre, got := plain(migration.MethodPrecopy, c.timeout), plain(migration.MethodPostcopyTimeout, c.timeout)
		modeltest.Near(t, c.name+": P", got.Converges, pre.Converges+(1-pre.Converges)*post.Converges)
		modeltest.Near(t, c.name+": P within", got.Within, pre.Within+(1-pre.Converges)*post.Within)
		want, total := pre.Downtime, pre.Total.Point
		if c.post {
			want, total = post.Downtime, post.Total.Point+1000*c.timeout
		}
		if got.Downtime != want {
			t.Errorf("%s: a pause of %v ms, want %v", c.name, got.Downtime.Point, want.Point)
		}
		modeltest.Near(t, c.name+": total time", got.Total.Point, total)
		x := modeltest.VM()
		x.Set(migration.Method, migration.MethodPostcopyTimeout)
		x.Set(migration.TimeoutS, c.timeout)
		modeltest.Near(t, c.name+": LogDowntime", from.LogDowntime(&b, x), math.Log(got.Downtime.Point))
		for target, want := range map[evaluate.Target]evaluate.Forecast{evaluate.Downtime: got.Downtime, evaluate.TotalTime: got.Total} {
			if f := from.Forecast(&b, target, x); f != want {
				t.Errorf("%s: the %s is forecast as %+v, answered as %+v", c.name, target, f, want)
			}
		}
	}
}

func TestWhatCannotBeMigratedDoesNotConverge(t *testing.T) {
	from := both(t, 0.5)
	var b Buffers
	x := modeltest.VM()
	want := from.Answer(&b, x, 100)
	x.Set(migration.Migratable, 1)
	if got := from.Answer(&b, x, 100); !cmp.Equal(got, want) {
		t.Errorf("that it can be migrated changes the answer: %s", cmp.Diff(want, got))
	}
	x.Set(migration.Migratable, 0)
	got := from.Answer(&b, x, 100)
	if got.Converges != 0 || got.Within != 0 || got.Downtime != want.Downtime || got.Total != want.Total {
		t.Errorf("answer %+v", got)
	}
	if got := from.Answer(&b, x, 0); !math.IsNaN(got.Within) {
		t.Errorf("P = %v of a limit that nobody asked about", got.Within)
	}
}

// A correction is of what the prior says, not of what was learned at the site.
func TestCorrectionIsOfThePrior(t *testing.T) {
	c := Correction{Rows: 5, FixedMS: 10, Memory: 0.3, Spread: 0.2, Sigma: 0.1, Time: 0.05}
	from := both(t, 1)
	var b Buffers
	x := modeltest.VM()
	want := from.Answer(&b, x, 0)
	from.Correction = c
	if got := from.Answer(&b, x, 0); !cmp.Equal(got, want, modeltest.EquateNaN) {
		t.Errorf("the site's own answer changes: %s", cmp.Diff(want, got))
	}
	prior := both(t, 0)
	before := prior.Answer(&b, x, 0)
	prior.Correction = c
	after := prior.Answer(&b, x, 0)
	modeltest.Near(t, "corrected pause", math.Log(after.Downtime.Point), c.pause().at(math.Log(before.Downtime.Point)))
	modeltest.Near(t, "LogDowntime", prior.LogDowntime(&b, x), math.Log(after.Downtime.Point))
	modeltest.Near(t, "total time", math.Log(after.Total.Point/before.Total.Point), c.Time)
	if after.Converges != before.Converges {
		t.Errorf("constants of a pause change the rest: %+v, %+v", before, after)
	}
}

// The answer is widened by what is doubted of the site, and by what its outcomes taught of that.
func TestCorrectionWidensThePause(t *testing.T) {
	from := both(t, 0)
	var b Buffers
	x := modeltest.VM()
	width := func(c Correction) float64 {
		from.Correction = c
		return modeltest.LogWidth(from.Answer(&b, x, 0).Downtime)
	}
	plain := width(Correction{})
	near(t, "width of a sigma as large as its own", width(Correction{Sigma: 0.4})/plain, math.Sqrt2, 0.02)
	modeltest.Near(t, "width of twice the spread", width(Correction{Spread: math.Log(2)}), 2*plain)
	modeltest.Near(t, "width of half the spread", width(Correction{Spread: -math.Log(2)}), plain/2)
}

// The pause is a part of the total time, at each end of what they may be.
func TestTheTotalTimeHoldsThePause(t *testing.T) {
	from := both(t, 0)
	var b Buffers
	for _, total := range []float64{1, 150, 380, 1e6} {
		from.Prior = saying{
			downtime: normal(math.Log(300), 0.5), total: normal(math.Log(total), 0.05), converges: 0.9,
		}.expert(t)
		a := from.Answer(&b, modeltest.VM(), 0)
		if a.Total.Point < a.Downtime.Point || a.Total.Lower < a.Downtime.Lower || a.Total.Upper < a.Downtime.Upper {
			t.Errorf("a pause of %v [%v, %v] in a total of %v [%v, %v]", a.Downtime.Point, a.Downtime.Lower, a.Downtime.Upper,
				a.Total.Point, a.Total.Lower, a.Total.Upper)
		}
	}
}
