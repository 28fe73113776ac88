package train

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vmmp/forest"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/prediction"
)

// chosen is the options of a small model that chooses its mode itself.
var chosen = Options{Trees: 4, Seed: 1}

func TestTrainingIsDeterministic(t *testing.T) {
	examples := draw(40, 1)
	one, two := chosen, chosen
	one.Workers, two.Workers = 1, 2
	want := fileOf(t, mustTrain(t, examples, one).Model)
	if !bytes.Equal(want, fileOf(t, mustTrain(t, examples, two).Model)) {
		t.Error("two workers make another file than one")
	}
	before := runtime.GOMAXPROCS(1)
	got := fileOf(t, mustTrain(t, examples, chosen).Model)
	runtime.GOMAXPROCS(before)
	if !bytes.Equal(want, got) {
		t.Error("one processor makes another file than several")
	}
	runtime.GOMAXPROCS(7)
	got = fileOf(t, mustTrain(t, examples, chosen).Model)
	runtime.GOMAXPROCS(before)
	if !bytes.Equal(want, got) {
		t.Error("seven processors make another file")
	}
}

func TestAnotherSeedIsAnotherModel(t *testing.T) {
	other := small
	other.Seed++
	a, b := mustTrain(t, draw(40, 1), small), mustTrain(t, draw(40, 1), other)
	if a.ID() == b.ID() || a.ID() == "" {
		t.Errorf("ids %q and %q", a.ID(), b.ID())
	}
	if mustTrain(t, draw(40, 1), small).ID() != a.ID() {
		t.Error("the same training gives another id")
	}
}

func TestTrainRefuses(t *testing.T) {
	undone := draw(40, 1)
	for i := range undone {
		undone[i].Outcome = outcome(migration.NotConverged, math.NaN(), 3)
	}
	few := draw(200, 1)
	for i, n := 0, 0; i < len(few); i++ {
		if few[i].Outcome.SwitchedOver() {
			if n++; n >= fewestExamples {
				few[i].Outcome = outcome(migration.Failed, math.NaN(), math.NaN())
			}
		}
	}
	for name, c := range map[string]struct {
		examples []Example
		options  Options
		want     error
		says     string
	}{
		"nothing":        {nil, small, ErrNoDowntime, "downtime_ms"},
		"no downtime":    {undone, small, ErrNoDowntime, "downtime_ms"},
		"one row":        {draw(1, 2), small, ErrFewRows, "at least 20"},
		"nineteen":       {few, small, ErrFewRows, "19 have a downtime, at least 20"},
		"one group":      {inGroups(draw(60, 1), 1), small, ErrFewRows, "one group"},
		"negative trees": {draw(40, 1), Options{Trees: -1, Mode: model.Column}, forest.ErrConfig, "downtime"},
	} {
		m, err := Train(t.Context(), c.examples, c.options)
		if m != nil || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, error %v", name, m, err)
		}
	}
}

func TestTrainStopsWhenItIsCancelled(t *testing.T) {
	examples := draw(2000, 1)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	began := time.Now()
	if m, err := Train(cancelled, examples, chosen); m != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v, error %v", m, err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("cancelled before, it took %v", took)
	}
	for _, stage := range []string{"downtime", "total time", "convergence"} {
		ctx, cancel := context.WithCancel(t.Context())
		o, calls := small, 0
		o.Workers = 1
		o.Progress = func(at string, done, total int) {
			if at == stage {
				cancel()
				calls++
			}
		}
		if m, err := Train(ctx, examples[:60], o); m != nil || !errors.Is(err, context.Canceled) || calls >= o.Trees {
			t.Errorf("cancelled at %s: %v after %d trees, error %v", stage, m, calls, err)
		}
	}
}

// Progress is told of every tree of every forest, in order, never concurrently.
func TestProgress(t *testing.T) {
	var inside atomic.Int32
	stages := map[string][]int{}
	o := small
	o.Workers = 4
	o.Progress = func(stage string, done, total int) {
		if inside.Add(1) != 1 {
			t.Error("called while it runs")
		}
		defer inside.Add(-1)
		if total != o.Trees {
			t.Errorf("%s: %d of %d", stage, done, total)
		}
		stages[stage] = append(stages[stage], done)
	}
	mustTrain(t, draw(40, 1), o)
	for _, stage := range []string{"downtime", "total time", "convergence"} {
		n := len(stages[stage])
		if n == 0 || n%o.Trees != 0 {
			t.Errorf("%s: told %v", stage, stages[stage])
		}
		for i, done := range stages[stage] {
			if done != i%o.Trees+1 {
				t.Fatalf("%s: told %v", stage, stages[stage])
			}
		}
	}
	if len(stages) != 3 {
		t.Errorf("stages %v", stages)
	}
}

func TestProgressChangesNothing(t *testing.T) {
	o := small
	o.Progress = func(string, int, int) {}
	if mustTrain(t, draw(40, 1), o).ID() != mustTrain(t, draw(40, 1), small).ID() {
		t.Error("being told of progress changes the model")
	}
}

// Data with a hole or a monotony of any kind still make a model that answers.
func TestTrainOnOddData(t *testing.T) {
	every := func(change func(e *Example)) []Example {
		examples := draw(60, 2)
		for i := range examples {
			change(&examples[i])
		}
		return examples
	}
	converged := func() []Example {
		var examples []Example
		for _, e := range draw(100, 2) {
			if e.Outcome.SwitchedOver() && e.Untimed.SwitchedOver() {
				examples = append(examples, e)
			}
		}
		return examples
	}
	for name, examples := range map[string][]Example{
		"no total time":       withoutTotalTime(draw(60, 2)),
		"all converge":        converged(),
		"nothing is known":    every(func(e *Example) { e.Features = migration.Features{} }),
		"no physics":          every(func(e *Example) { e.Features = e.Features.Only(estimate.SeedFeatures) }),
		"one feature":         every(func(e *Example) { e.Features = e.Features.Only(migration.Of(migration.DirtyRate)) }),
		"a constant link":     every(func(e *Example) { e.Features.Set(migration.NetworkBandwidth, 10_000) }),
		"the same VM":         every(func(e *Example) { e.Features = modeltest.VM() }),
		"the same pause":      every(func(e *Example) { e.Outcome.DowntimeMS, e.Untimed = 100, nil }),
		"no pause at all":     every(func(e *Example) { e.Outcome.DowntimeMS = 0 }),
		"endless pauses":      every(func(e *Example) { e.Outcome.DowntimeMS *= 1e290 }),
		"recorded, no rounds": every(func(e *Example) { e.Outcome.Rounds, e.Untimed = math.NaN(), nil }),
		"no status":           every(func(e *Example) { e.Outcome.Status, e.Untimed = "", nil }),
		"two groups":          inGroups(draw(60, 2), 2),
		"real ones":           every(func(e *Example) { e.Source = migration.SourceAPI }),
		"no groups":           every(func(e *Example) { e.Group = "" }),
	} {
		m, err := Train(t.Context(), examples, small)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, p := range []prediction.Prediction{m.Predict(modeltest.VM(), model.Options{}), m.Predict(modeltest.VM().Only(estimate.Required), model.Options{}), m.Predict(migration.Features{}, model.Options{})} {
			if name == "no total time" {
				if !math.IsNaN(float64(p.PredictedTotalTimeMS)) || p.TotalTimeInterval != nil {
					t.Errorf("%s: %v, interval %v", name, p.PredictedTotalTimeMS, p.TotalTimeInterval)
				}
				p.PredictedTotalTimeMS = prediction.Number(p.PredictedDowntime)
				p.TotalTimeInterval = &prediction.Interval{Lower: p.PredictedDowntime, Upper: p.PredictedDowntime, Level: 0.9}
			}
			t.Run(name, func(t *testing.T) { modeltest.Check(t, p) })
		}
		if _, err := model.Decode(fileOf(t, m)); err != nil {
			t.Errorf("%s: the file is not read back: %v", name, err)
		}
	}
}

func TestUnknownTotalTimeIsNullInAnAnswer(t *testing.T) {
	m := mustTrain(t, withoutTotalTime(draw(40, 2)), small)
	text, err := json.Marshal(m.Predict(modeltest.VM(), model.Options{Explain: true}))
	if err != nil || bytes.Count(text, []byte("null")) != 2 || !bytes.Contains(text, []byte(`"predicted_total_time_ms":null,"total_time_interval":null`)) {
		t.Errorf("%s: %v", text, err)
	}
}

func TestWhereAllConvergeConvergenceIsExpected(t *testing.T) {
	examples := draw(60, 2)
	for i := range examples {
		examples[i].Outcome.Status, examples[i].Untimed = migration.Completed, nil
		if math.IsNaN(examples[i].Outcome.DowntimeMS) {
			examples[i].Outcome.DowntimeMS = 50
		}
		examples[i].Outcome.Rounds = 3
	}
	p := mustTrain(t, examples, small).Predict(modeltest.VM(), model.Options{})
	if p.ConvergenceProbability < 0.95 || p.ConvergenceProbability >= 1 {
		t.Errorf("probability %v", p.ConvergenceProbability)
	}
}

// The same VM over and over teaches what it does.
func TestAModelOfOneVMKnowsIt(t *testing.T) {
	examples := draw(60, 2)
	for i := range examples {
		examples[i].Features, examples[i].Untimed = modeltest.VM(), nil
		examples[i].Outcome = outcome(migration.Completed, 80+float64(i), 4)
	}
	p := mustTrain(t, examples, small).Predict(modeltest.VM(), model.Options{})
	if p.PredictedDowntime < 95 || p.PredictedDowntime > 120 || p.Confidence < 0.6 {
		t.Errorf("pauses of 80 to 139 ms are predicted as %v, confidence %v", p.PredictedDowntime, p.Confidence)
	}
}

func TestProvenanceCountsRows(t *testing.T) {
	examples := draw(60, 2)
	want := model.ProvenanceCount{Train: 60}
	for i := range examples {
		if i%4 == 0 {
			examples[i].Source = migration.SourceLab
			want.Measured++
		}
		if examples[i].Outcome.SwitchedOver() {
			want.Converged++
		}
	}
	p := mustTrain(t, examples, small).Provenance()
	if p.Rows != want || p.Settings.Trees != small.Trees || p.Settings.Seed != small.Seed || p.TrainedAt != nil {
		t.Errorf("provenance %+v, want rows %+v", p, want)
	}
	if want.Converged == 0 || want.Converged == 60 {
		t.Error("the world is too simple")
	}
}

func TestCopiesFor(t *testing.T) {
	for n, want := range map[int]int{0: 16, 1: 16, 6250: 16, 10_000: 10, 20_000: 5, 1_000_000: 5} {
		if got := copiesFor(n); got != want {
			t.Errorf("%d copies of each of %d examples, want %d", got, n, want)
		}
	}
}

func TestTreesByDefault(t *testing.T) {
	if m := mustTrain(t, draw(40, 2), Options{Mode: model.Column}); m.Provenance().Settings.Trees != defaultTrees {
		t.Errorf("%d trees", m.Provenance().Settings.Trees)
	}
}
