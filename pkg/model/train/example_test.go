package train

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/precopy"
)

// outcome is one with only what the tests look at.
func outcome(status migration.Status, downtimeMS, rounds float64) migration.Outcome {
	o := migration.UnknownOutcome()
	o.Status, o.DowntimeMS, o.Rounds = status, downtimeMS, rounds
	return o
}

func TestMaskedOutcome(t *testing.T) {
	nan := math.NaN()
	untimed := outcome(migration.Completed, 70, 12)
	late := outcome(migration.NotConverged, 90, 33)
	timed, unstated := migration.Everything, migration.Everything&^migration.Of(migration.TimeoutS)
	for _, c := range []struct {
		name      string
		timeout   float64
		keep      migration.Set
		untimed   *migration.Outcome
		outcome   migration.Outcome
		want      migration.Outcome
		stayKnown bool
	}{
		{"a timeout that stays known", 60, timed, &untimed, outcome(migration.NotConverged, nan, 3), outcome(migration.NotConverged, nan, 3), true},
		{"no timeout, which none can hide", nan, unstated, &untimed, outcome(migration.Completed, 50, 3), outcome(migration.Completed, 50, 3), false},
		{"a simulation knows", 60, unstated, &untimed, outcome(migration.NotConverged, nan, 3), untimed, false},
		{"completed early", 60, unstated, nil, outcome(migration.Completed, 50, 30), outcome(migration.Completed, 50, 30), false},
		{"completed late", 600, unstated, nil, outcome(migration.Completed, 90, 33), late, false},
		{"completed, rounds not recorded", 60, unstated, nil, outcome(migration.Completed, 50, nan), outcome(migration.Completed, 50, nan), false},
		{"a downtime without a status", 60, unstated, nil, outcome(migration.StatusUnknown, 50, nan), outcome(migration.StatusUnknown, 50, nan), false},
		{"given up after thirty rounds", 60, unstated, nil, outcome(migration.NotConverged, nan, 30), outcome(migration.NotConverged, nan, 30), false},
		{"given up early", 60, unstated, nil, outcome(migration.NotConverged, nan, 3), outcome(migration.NotConverged, nan, 3), true},
		{"given up, rounds not recorded", 60, unstated, nil, outcome(migration.NotConverged, nan, nan), outcome(migration.NotConverged, nan, nan), true},
		{"forced early", 60, unstated, nil, outcome(migration.Forced, 900, 3), outcome(migration.Forced, 900, 3), true},
		{"failed", 60, unstated, nil, outcome(migration.Failed, nan, 3), outcome(migration.Failed, nan, 3), true},
	} {
		e := Example{Untimed: c.untimed}
		e.Features, e.Outcome = modeltest.VM(), c.outcome
		e.Features.Set(migration.TimeoutS, c.timeout)
		x, got := e.masked(c.keep)
		if !cmp.Equal(got, c.want, modeltest.EquateNaN) {
			t.Errorf("%s: outcome %+v, want %+v", c.name, got, c.want)
		}
		if x.Known().Has(migration.TimeoutS) != c.stayKnown {
			t.Errorf("%s: knows %v", c.name, x.Known())
		}
	}
}

func TestMaskedKnowsNoMoreThanTheMask(t *testing.T) {
	e := draw(1, 1)[0]
	for row := range uint64(200) {
		mask := pattern(t, "any").Mask(1, row)
		x, _ := e.masked(mask)
		if got, want := x.Known(), e.Features.Known()&mask; got != want {
			t.Fatalf("knows %v, want %v", got, want)
		}
	}
}

// What a late migration took is no news of one that ends in time.
func TestALateMigrationHasNoDowntime(t *testing.T) {
	e := Example{}
	e.Features = modeltest.VM()
	e.Features.Set(migration.TimeoutS, 600)
	e.Outcome = outcome(migration.Completed, 90, 33)
	e.Outcome.TotalTimeMS = 5000
	_, o := e.masked(0)
	if _, ok := downtimeMS(o); ok {
		t.Error("it teaches a downtime")
	}
	if _, ok := totalTimeMS(o); ok {
		t.Error("it teaches a total time")
	}
	if y, ok := switchedOver(o); !ok || y != 0 {
		t.Errorf("it teaches convergence %v, %v", y, ok)
	}
}

func TestWhatOutcomesTeach(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		outcome            migration.Outcome
		downtime, verdict  bool
		converged, totalMS float64
	}{
		{outcome(migration.Completed, 50, 3), true, true, 1, nan},
		{outcome(migration.Completed, nan, 3), false, true, 1, nan},
		{outcome(migration.StatusUnknown, 50, nan), true, true, 1, nan},
		{outcome(migration.StatusUnknown, nan, nan), false, false, 0, nan},
		{outcome(migration.Forced, 50, 3), false, true, 0, nan},
		{outcome(migration.NotConverged, nan, 3), false, true, 0, nan},
		{outcome(migration.Failed, 50, 3), false, false, 0, nan},
		{outcome(migration.Completed, nan, 3), false, true, 1, 800},
		{outcome(migration.Failed, nan, 3), false, false, 0, 800},
	} {
		o := c.outcome
		o.TotalTimeMS = c.totalMS
		if _, ok := downtimeMS(o); ok != c.downtime {
			t.Errorf("%+v teaches a downtime: %v", o, ok)
		}
		if y, ok := switchedOver(o); ok != c.verdict || y != c.converged {
			t.Errorf("%+v teaches convergence: %v, %v", o, y, ok)
		}
		if _, ok := totalTimeMS(o); ok != (o.SwitchedOver() && !math.IsNaN(c.totalMS)) {
			t.Errorf("%+v teaches a total time: %v", o, ok)
		}
	}
}

func TestRecorded(t *testing.T) {
	records := []migration.Record{{Features: modeltest.VM(), Outcome: outcome(migration.Completed, 50, 3), Group: "web-1", Source: migration.SourceLab}, {}}
	examples := Recorded(records)
	if len(examples) != 2 || examples[0].Group != "web-1" || !examples[0].Features.Equal(modeltest.VM()) {
		t.Fatalf("examples %+v", examples)
	}
	for _, e := range examples {
		if e.Untimed != nil || !math.IsNaN(e.NoiselessMS) {
			t.Errorf("knows what only a simulation can: %+v", e)
		}
	}
}

func TestOriginOfAnExample(t *testing.T) {
	for _, source := range append(migration.Sources, migration.SourceUnknown) {
		e := Example{}
		e.Source = source
		want := estimate.FromSite
		if source == migration.SourcePrecopy {
			want = estimate.FromSimulation
		}
		if got := e.origin(); got != want {
			t.Errorf("source %q: origin %v", source, got)
		}
		if want == estimate.FromSite {
			want = estimate.FromOthers
		}
		e.Elsewhere = "there"
		if got := e.origin(); got != want {
			t.Errorf("source %q, elsewhere: origin %v", source, got)
		}
	}
}

// What forests learn from knows no timeout, whatever is masked, and teaches nothing where only the timeout is known to
// have ended it.
func TestUntimed(t *testing.T) {
	nan := math.NaN()
	without := outcome(migration.Completed, 70, 12)
	for _, c := range []struct {
		name    string
		untimed *migration.Outcome
		outcome migration.Outcome
		want    migration.Outcome
	}{
		{"a simulation knows", &without, outcome(migration.NotConverged, nan, 3), without},
		{"switched over in time", nil, outcome(migration.Completed, 50, 3), outcome(migration.Completed, 50, 3)},
		{"given up early", nil, outcome(migration.NotConverged, nan, 3), migration.UnknownOutcome()},
		{"given up after thirty rounds", nil, outcome(migration.NotConverged, nan, 30), outcome(migration.NotConverged, nan, 30)},
		{"forced early", nil, outcome(migration.Forced, 900, 3), migration.UnknownOutcome()},
	} {
		e := Example{Untimed: c.untimed}
		e.Features, e.Outcome = modeltest.VM(), c.outcome
		e.Features.Set(migration.TimeoutS, 60)
		for _, mask := range []migration.Set{migration.Everything, estimate.Required, 0} {
			x, got := e.untimed(mask)
			if !cmp.Equal(got, c.want, modeltest.EquateNaN) {
				t.Errorf("%s: outcome %+v, want %+v", c.name, got, c.want)
			}
			if want := e.Features.Known() & mask &^ migration.Of(migration.TimeoutS); x.Known() != want {
				t.Errorf("%s: knows %v, want %v", c.name, x.Known(), want)
			}
		}
	}
}

// A migration that switched over after more rounds than 30 did not within them, also
// where it had no timeout.
func TestLateWithoutATimeout(t *testing.T) {
	e := Example{}
	e.Features = modeltest.VM().Only(migration.Everything &^ migration.Of(migration.TimeoutS))
	e.Outcome = outcome(migration.Completed, 50, precopy.LateSyncs+1)
	if _, o := e.masked(migration.Everything); o.Status != migration.NotConverged {
		t.Errorf("after %v rounds: %s", e.Outcome.Rounds, o.Status)
	}
}

// Of rows without timeouts the model learns how long migrations take, and so what a timeout does.
func TestTimeoutsFollowFromTotalTimes(t *testing.T) {
	examples := draw(400, 3)
	for i := range examples {
		e := &examples[i]
		e.Features = e.Features.Only(migration.Everything &^ migration.Of(migration.TimeoutS))
		e.Outcome, e.Untimed = outcome(migration.Completed, 100, 4), nil
		e.Outcome.TotalTimeMS = 30_000
	}
	m := mustTrain(t, examples, Options{Trees: 30, Mode: model.Column})
	converges := func(timeout float64) float64 {
		x := modeltest.VM()
		x.Set(migration.TimeoutS, timeout)
		return m.Predict(x, model.Options{}).ConvergenceProbability
	}
	if early, late := converges(5), converges(600); early > 0.2 || late < 0.8 {
		t.Errorf("of migrations of 30 s converge %.2f within 5 s, %.2f within 600", early, late)
	}
}
