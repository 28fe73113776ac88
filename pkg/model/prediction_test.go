package model

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/precopy"
	"vmmp/pkg/prediction"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Every subset of what is possible is answered, by values no training row came
// near too.
func TestPredictAnswersAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		modeltest.Check(t, tiny().Predict(modeltest.Known(t), Options{Within: time.Second}))
	})
}

func TestPredictAnswersEverySubsetOfATypicalVM(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := modeltest.VM().Only(migration.Set(rapid.Uint32Range(0, uint32(migration.Everything)).Draw(t, "known")))
		modeltest.Check(t, lab().Predict(x, Options{}))
	})
}

func TestPredictAnswersWhoKnowsNothing(t *testing.T) {
	p := tiny().Predict(migration.Features{}, Options{Explain: true, Within: time.Second})
	modeltest.Check(t, p)
	if p.Explanation == nil || len(p.Explanation.Contributions) != 0 {
		t.Errorf("explanation %+v", p.Explanation)
	}
}

func TestWhatWasNotAskedIsNotAnswered(t *testing.T) {
	p := tiny().Predict(modeltest.VM(), Options{})
	if p.ProbabilityWithinLimit != nil || p.Explanation != nil {
		t.Errorf("probability %v, explanation %v", p.ProbabilityWithinLimit, p.Explanation)
	}
}

func TestProbabilityWithinLimitRisesToThatOfConvergence(t *testing.T) {
	m := tiny()
	rapid.Check(t, func(t *rapid.T) {
		x, before := modeltest.Known(t), 0.0
		for limit := 100 * time.Microsecond; limit < time.Hour; limit *= 3 {
			p := m.Predict(x, Options{Within: limit})
			got := *p.ProbabilityWithinLimit
			if got < before || got > p.ConvergenceProbability {
				t.Fatalf("probability %v of %v after %v, of convergence %v", got, limit, before, p.ConvergenceProbability)
			}
			before = got
		}
	})
}

func TestProbabilityWithinLimitAgreesWithTheInterval(t *testing.T) {
	m := judged()
	for _, e := range modeltest.Migrations(40, 13) {
		p := m.Predict(e.Features, Options{})
		for limit, want := range map[float64]float64{p.Interval.Lower: 0.05, p.Interval.Upper: 0.95} {
			q := m.Predict(e.Features, Options{Within: time.Duration(limit * float64(time.Millisecond))})
			got := *q.ProbabilityWithinLimit / q.ConvergenceProbability
			if math.Abs(got-want) > 0.01 && p.PredictedDowntime != limit {
				t.Errorf("P(pause <= %v | converges) = %v, want %v", limit, got, want)
			}
		}
	}
}

// Total time, timeout and convergence are one distribution.
func TestTimeoutAgreesWithTheTotalTime(t *testing.T) {
	m := judged()
	for _, e := range modeltest.Migrations(30, 13) {
		x := e.Features.Only(migration.Everything &^ migration.Of(migration.TimeoutS))
		plain := m.Predict(x, Options{})
		at := func(seconds float64) float64 {
			x := x
			x.Set(migration.TimeoutS, seconds)
			p := m.Predict(x, Options{})
			if p.PredictedDowntime != plain.PredictedDowntime || p.PredictedTotalTimeMS != plain.PredictedTotalTimeMS {
				t.Fatalf("a timeout changes the times: %+v, %+v", p, plain)
			}
			return p.ConvergenceProbability
		}
		before := 0.0
		for seconds := 1.0; seconds < 1e6; seconds *= 2 {
			p := at(seconds)
			if p < before || p > plain.ConvergenceProbability {
				t.Fatalf("P = %v within %v s, %v within half of that, %v without", p, seconds, before, plain.ConvergenceProbability)
			}
			before = p
		}
		if math.Abs(before-plain.ConvergenceProbability) > 1e-4 {
			t.Errorf("P = %v within days, %v without a timeout", before, plain.ConvergenceProbability)
		}
		least := x.Get(migration.ResidentMiB) / (x.Get(migration.BandwidthCap) * precopy.MiBPerMbit)
		if p := at(max(1, 0.8*least)); least > 10 && p != 0 {
			t.Errorf("P = %v within less than the %v s that the bytes take", p, least)
		}
		interval := plain.TotalTimeInterval
		if interval.Lower == interval.Upper || interval.Lower <= 1000*least {
			continue // bounded by the bytes
		}
		for seconds, share := range map[float64]float64{interval.Lower / 1000: 0.05, interval.Upper / 1000: 0.95} {
			if p := at(seconds) / plain.ConvergenceProbability; math.Abs(p-share) > 0.01 {
				t.Errorf("P = %v at the end of the interval %+v, want %v", p, interval, share)
			}
		}
	}
}

// Beyond what it has learned from it keeps to the physics.
func TestBeyondTheTrainingRangeThePhysicsAnswers(t *testing.T) {
	m := judged()
	base := modeltest.VM().Only(migration.Everything &^ migration.Of(migration.BandwidthCap))
	patient, large := base, base
	patient.Set(migration.DowntimeLimitMS, 30_000)
	large.Set(migration.MemoryMiB, 1<<20)
	large.Set(migration.ResidentMiB, 1<<20)
	for name, x := range map[string]migration.Features{"a limit of 30 s": patient, "a TiB": large} {
		p := m.Predict(x, Options{})
		vm, _ := precopy.Describe(x)
		a := vm.Analyse(precopy.ZerosInside)
		if off := math.Abs(math.Log(p.PredictedDowntime / a.DowntimeMS)); off > math.Log(2) {
			t.Errorf("%s: a pause of %.0f ms, by the physics of %.0f", name, p.PredictedDowntime, a.DowntimeMS)
		}
		if off := math.Abs(math.Log(float64(p.PredictedTotalTimeMS) / a.TotalTimeMS)); off > math.Log(1.5) {
			t.Errorf("%s: %.0f ms in all, by the physics %.0f", name, p.PredictedTotalTimeMS, a.TotalTimeMS)
		}
		if !modeltest.Contains(p.Warnings, "is outside the training range") || p.Interval.Upper < a.DowntimeMS || p.Interval.Lower > a.DowntimeMS {
			t.Errorf("%s: interval %+v, warnings %q", name, p.Interval, p.Warnings)
		}
	}
}

func TestWhatCannotBeMigrated(t *testing.T) {
	x := modeltest.VM()
	x.Set(migration.Migratable, 0)
	p := judged().Predict(x, Options{Within: time.Hour})
	if p.ConvergenceProbability != 0 || *p.ProbabilityWithinLimit != 0 {
		t.Errorf("it converges with P = %v, within an hour with %v", p.ConvergenceProbability, *p.ProbabilityWithinLimit)
	}
	if !modeltest.Contains(p.Warnings[:1], "cannot be migrated") || p.WarningKinds[0] != prediction.NotConverging {
		t.Errorf("warnings %q", p.Warnings)
	}
	modeltest.Check(t, p)
}

// However it is moved, an explanation multiplies to the prediction.
func TestExplanationOfEveryMethod(t *testing.T) {
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	for method, name := range migration.Method.Definition().Choices {
		for _, timeout := range []float64{math.NaN(), 1, 600} {
			x := modeltest.VM().Only(estimate.Required | migration.Of(migration.NetworkBandwidth, migration.MemoryMiB, migration.DirtyRate))
			x.Set(migration.Method, float64(method))
			x.Set(migration.TimeoutS, timeout)
			p := m.Predict(x, Options{Explain: true})
			modeltest.Check(t, p)
			product := p.Explanation.Base
			for _, c := range p.Explanation.Contributions {
				product *= c.Factor
			}
			modeltest.Near(t, name, product/p.PredictedDowntime, 1)
		}
	}
}

func TestPredictAllIsPredictOfEach(t *testing.T) {
	m := tiny()
	var xs []migration.Features
	for _, e := range modeltest.Migrations(30, 15) {
		xs = append(xs, e.Features)
	}
	for i, p := range m.PredictAll(xs, Options{Within: time.Second}) {
		if want := m.Predict(xs[i], Options{Within: time.Second}); !cmp.Equal(p, want) {
			t.Fatalf("row %d: %s", i, cmp.Diff(want, p))
		}
	}
	if got := m.PredictAll(nil, Options{}); len(got) != 0 {
		t.Errorf("%d predictions of nothing", len(got))
	}
}

func TestAModelServesManyAtOnce(t *testing.T) {
	m := TrainFixture(modeltest.Migrations(40, 3), 5)
	want := tinyAnswers(m)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got := tinyAnswers(m); !cmp.Equal(got, want) {
				t.Error(cmp.Diff(want, got))
			}
		})
	}
	group.Wait()
}

func tinyAnswers(m *Model) []prediction.Prediction {
	var answers []prediction.Prediction
	for row := range 10 {
		x := modeltest.VM().Only(migration.Set(0x9e3779b9>>row) & migration.Everything)
		answers = append(answers, m.Predict(x, Options{Within: time.Second}))
	}
	return answers
}

func TestPredictionNamesItsModel(t *testing.T) {
	m := tiny()
	p := m.Predict(modeltest.VM(), Options{})
	if p.Model != m.Identity() || p.Model.ID != m.ID() || !regexp.MustCompile(`^[0-9a-f]{12}$`).MatchString(p.Model.ID) {
		t.Errorf("model %+v, id %s", p.Model, m.ID())
	}
}

func TestWarningOfWhatDoesNotConverge(t *testing.T) {
	m := judged()
	calm, busy := modeltest.VM(), modeltest.VM()
	for _, x := range []*migration.Features{&calm, &busy} {
		x.SetPoints(nil)
		x.Set(migration.WorkingSetMiB, math.NaN())
		x.Set(migration.TimeoutS, math.NaN())
		x.Set(migration.NetworkBandwidth, 1000)
		x.Set(migration.BandwidthCap, 1000)
		x.Set(migration.MemoryMiB, 32768)
		x.Set(migration.ResidentMiB, 16384)
	}
	calm.Set(migration.DirtyRate, 1)
	busy.Set(migration.DirtyRate, 800)
	if p := m.Predict(calm, Options{}); modeltest.Contains(p.Warnings, "not expected to converge") || p.ConvergenceProbability < 0.8 {
		t.Errorf("an idle guest: probability %v, warnings %q", p.ConvergenceProbability, p.Warnings)
	}
	if p := m.Predict(busy, Options{}); !modeltest.Contains(p.Warnings, "not expected to converge within 30 rounds") || p.ConvergenceProbability > 0.2 {
		t.Errorf("a guest hotter than its link: probability %v, warnings %q", p.ConvergenceProbability, p.Warnings)
	}
}

func TestPhysicsHasItsWay(t *testing.T) {
	m := judged()
	predict := func(f migration.Feature, v float64) float64 {
		x := modeltest.VM().Only(migration.Everything &^ migration.Of(migration.DirtyCurve, migration.WorkingSetMiB, migration.TimeoutS))
		x.Set(migration.DirtyRate, 20)
		x.Set(f, v)
		return m.Predict(x, Options{}).PredictedDowntime
	}
	if a, b := predict(migration.DowntimeLimitMS, 60), predict(migration.DowntimeLimitMS, 1200); a >= b {
		t.Errorf("a limit of 60 ms gives %v ms, one of 1200 ms %v ms", a, b)
	}
	if a, b := predict(migration.DirtyRate, 0.5), predict(migration.DirtyRate, 60); a >= b {
		t.Errorf("an idle guest pauses for %v ms, a busy one for %v ms", a, b)
	}
}

func TestWarningsComeInTheirOrder(t *testing.T) {
	x := modeltest.VM()
	x.Set(migration.MemoryMiB, 8<<20)
	x.Set(migration.ResidentMiB, 8<<20)
	x.Set(migration.DirtyRate, 1e6)
	x.SetPoints(nil)
	got := judged().Predict(x, Options{}).Warnings
	at := func(part string) int {
		return slices.IndexFunc(got, func(w string) bool { return modeltest.Contains([]string{w}, part) })
	}
	if c, o, s := at("not expected to converge"), at("memory_mib"), at("no real migration of a VM like this"); c != 0 || o < 1 || s != len(got)-1 {
		t.Errorf("warnings %q", got)
	}
}

// fixed is a prediction of numbers chosen by hand, so that its JSON does not
// depend on the architecture.
func fixed() prediction.Prediction {
	trained, within := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), 0.91
	x := migration.Features{}
	x.Set(migration.CPULoad, 75)
	x.Set(migration.AutoConverge, 1)
	x.SetPoints([]migration.Point{{Seconds: 0.1, MiB: 3.4}, {Seconds: 1, MiB: 12}})
	p := prediction.Prediction{
		PredictedDowntime: 156.25, Confidence: 0.875, Status: "success", Interval: prediction.Interval{Lower: 121, Upper: 204.5, Level: 0.9},
		PredictedTotalTimeMS: 8120.5, TotalTimeInterval: &prediction.Interval{Lower: 7600, Upper: 9100.5, Level: 0.9},
		ConvergenceProbability: 0.96875, ProbabilityWithinLimit: &within,
		Support: prediction.OtherSite, Model: prediction.Identity{ID: "3f2a9c41d0e7", TrainedAt: &trained},
		Warnings: []string{"a warning"}, Hints: []string{},
		Explanation: &prediction.Explanation{Base: 125, Prediction: 156.25, Contributions: []prediction.Contribution{
			{Feature: "cpu_load", Value: x.Value(migration.CPULoad), Factor: 1.25},
			{Feature: "dirty_curve", Value: x.Value(migration.DirtyCurve), Factor: 2},
			{Feature: "auto_converge", Value: x.Value(migration.AutoConverge), Factor: 0.5},
		}},
	}
	p.PredictionID = prediction.ID{Model: p.Model.ID, Features: x, Summary: p.Summary()}.Encode(nil)
	return p
}

func TestPredictionJSON(t *testing.T) {
	got, err := json.MarshalIndent(fixed(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	const path = "testdata/prediction.golden.json"
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("the wire format has changed (-want +got; go test -update writes it anew):\n%s", diff)
	}
}

// keysOf lists the paths of all values in JSON, with their types.
func keysOf(t *testing.T, v any) []string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	var keys []string
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, child := range v {
				walk(path+"."+k, child)
			}
		case []any:
			keys = append(keys, path+"[]")
		default:
			keys = append(keys, path)
		}
	}
	walk("", tree)
	slices.Sort(keys)
	return keys
}

// The golden file shows every field that a real answer has.
func TestAPredictionHasTheGoldenFields(t *testing.T) {
	trained := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	m := *tiny()
	m.provenance.TrainedAt = &trained
	got := m.Predict(modeltest.VM().Only(estimate.Required), Options{Explain: true, Within: time.Second})
	if diff := cmp.Diff(keysOf(t, fixed()), keysOf(t, got)); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownTotalTimeIsNull(t *testing.T) {
	p := fixed()
	p.PredictedTotalTimeMS, p.TotalTimeInterval = prediction.Number(math.NaN()), nil
	p.ProbabilityWithinLimit, p.Explanation, p.Model.TrainedAt = nil, nil, nil
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"predicted_total_time_ms":null`, `"total_time_interval":null`, `"model":{"id":"3f2a9c41d0e7"}`, `"hints":[]`} {
		if !bytes.Contains(text, []byte(part)) {
			t.Errorf("no %s in %s", part, text)
		}
	}
	for _, part := range []string{"probability_within_limit", "explanation"} {
		if bytes.Contains(text, []byte(part)) {
			t.Errorf("%s in %s", part, text)
		}
	}
}

func BenchmarkPredict(b *testing.B) {
	m, err := Default()
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		known migration.Set
	}{{"cpu_mem", estimate.Required}, {"everything", migration.Everything}} {
		x := modeltest.VM().Only(c.known)
		m.Predict(x, Options{}) // the hint is computed once
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Predict(x, Options{})
			}
		})
	}
}
