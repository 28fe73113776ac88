package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/prediction"
)

// develop develops or fails the test.
func develop(t testing.TB, examples []Example, d Development) (*model.Model, *model.Report) {
	t.Helper()
	m, r, err := Develop(t.Context(), examples, d)
	if err != nil {
		t.Fatal(err)
	}
	return m, r
}

func TestDivideHoldsOutWholeGroups(t *testing.T) {
	examples := inGroups(draw(100, 1), 17)
	train, test := (&Development{TestSplit: 0.25, Options: Options{Seed: 3}}).divide(examples)
	if len(train)+len(test) != 100 || len(test) < 15 || len(test) > 35 {
		t.Fatalf("%d and %d of 100", len(train), len(test))
	}
	seen := map[string]bool{}
	for _, e := range train {
		seen[e.Group] = true
	}
	for _, e := range test {
		if seen[e.Group] {
			t.Fatalf("%s is on both sides", e.Group)
		}
	}
	if all, none := (&Development{}).divide(examples); len(all) != 100 || len(none) != 0 {
		t.Errorf("of a share of 0: %d and %d", len(all), len(none))
	}
}

func TestReport(t *testing.T) {
	examples := inGroups(draw(150, 3), 60)
	m, r := develop(t, examples, Development{Options: small, TestSplit: 0.3, Folds: 2})
	if r.Rows != 150 || m.Provenance().Rows.Train+m.Provenance().Rows.Test != 150 || m.Provenance().Metrics != r {
		t.Errorf("%d rows, provenance %+v", r.Rows, m.Provenance().Rows)
	}
	if len(r.Features) != estimate.LearnedCount || r.Features[0] != "cpu_load" {
		t.Errorf("features %v", r.Features)
	}
	for name, s := range map[string]*evaluate.Metrics{
		"test": r.Test, "oob": r.OOB, "cv": &r.CV.Metrics, "total time, test": r.TotalTime.Test, "total time, oob": r.TotalTime.OOB,
		"total time, cv": r.TotalTime.CV, "ceiling": r.Ceiling, "median": r.Baselines["median"], "linear": r.Baselines["linear"], "precopy": r.Baselines["precopy"],
	} {
		if s == nil || s.Rows < 10 || math.IsNaN(float64(s.MAE)) {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if r.CV.Folds != 2 || !r.CV.Grouped || r.CV.Rows <= r.Test.Rows {
		t.Errorf("cross-validation %+v", r.CV)
	}
	if r.Converge.Rows != m.Provenance().Rows.Test || len(r.Patterns) != len(Patterns) || len(r.Importance) != estimate.LearnedCount {
		t.Errorf("convergence %+v, %d patterns, %d features", r.Converge, len(r.Patterns), len(r.Importance))
	}
	if r.Patterns[0].Pattern != "recorded" || r.Patterns[0].Coverage90 != r.Test.Coverage90 {
		t.Errorf("the pattern recorded is %+v, the test %+v", r.Patterns[0], r.Test)
	}
	if r.Test.LogR2 < r.Baselines["median"].LogR2 || r.Ceiling.LogR2 < r.Test.LogR2 {
		t.Errorf("log R2: median %v, model %v, ceiling %v", r.Baselines["median"].LogR2, r.Test.LogR2, r.Ceiling.LogR2)
	}
}

// The names are a contract of `train -o json`.
func TestReportJSON(t *testing.T) {
	_, r := develop(t, draw(130, 3), Development{Options: chosen, TestSplit: 0.3, Folds: 2})
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]map[string]any
	_ = json.Unmarshal(text, &tree) // rows and features are no objects
	const metrics = "rows r2 log_r2 mae_ms rmse_ms crps_ms median_relative_error p90_relative_error coverage_90 mean_confidence within_25_percent"
	for part, names := range map[string]string{
		"test": metrics, "oob": metrics, "cv": metrics + " folds grouped", "total_time": "test oob cv", "baselines": "median limit linear precopy",
		"convergence": "rows converged brier auc calibration_error wrong",
	} {
		var got []string
		for name := range tree[part] {
			got = append(got, name)
		}
		want := strings.Fields(names)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s has %v, want %v", part, got, want)
		}
	}
	for _, part := range []string{`"rows":130`, `"features":["cpu_load",`, `"importance":[{"feature":"cpu_load","permutation":`, `"physics":[{"world":"simulated","target":"downtime","chosen":"`} {
		if !strings.Contains(string(text), part) {
			t.Errorf("no %s in %s", part, text)
		}
	}
}

func TestDevelopWithoutATest(t *testing.T) {
	m, r := develop(t, draw(60, 3), Development{Options: small})
	if r.Test != nil || r.CV != nil || r.Baselines != nil || r.Importance != nil || r.OOB == nil {
		t.Errorf("report %+v", r)
	}
	if m.ID() == "" || m.Provenance().Rows.Test != 0 || m.Provenance().Rows.Train != 60 {
		t.Errorf("model %s, rows %+v", m.ID(), m.Provenance().Rows)
	}
}

// The held-out rows must not reach the model in any way.
func TestTheTestTeachesNothing(t *testing.T) {
	d := Development{Options: small, TestSplit: 0.3}
	examples := draw(60, 3)
	m, _ := develop(t, examples, d)
	_, held := d.divide(examples)
	secret := map[string]bool{}
	for _, e := range held {
		secret[e.Group] = true
	}
	for i := range examples {
		if secret[examples[i].Group] {
			examples[i].Outcome, examples[i].Untimed = outcome(migration.Completed, 1e6, 1), nil
			examples[i].Features.Set(migration.CPULoad, 100)
		}
	}
	again, _ := develop(t, examples, d)
	x := modeltest.VM()
	if a, b := m.Predict(x, model.Options{}), again.Predict(x, model.Options{}); a.PredictedDowntime != b.PredictedDowntime || a.Interval != b.Interval {
		t.Errorf("predicted %v and %v", a.PredictedDowntime, b.PredictedDowntime)
	}
}

// fewReal is enough migrations that really happened for an expert of their own, but
// not when half of them are held out.
func fewReal() []Example {
	examples, left := draw(200, 3), fewestExamples+4
	for i := range examples {
		if left > 0 && examples[i].Outcome.SwitchedOver() {
			examples[i].Source = migration.SourceLab
			left--
		}
	}
	return examples
}

func TestDevelopRefuses(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx      context.Context
		examples []Example
		d        Development
		want     error
	}{
		"nothing":                {t.Context(), nil, Development{}, ErrNoDowntime},
		"all held out":           {t.Context(), draw(60, 3), Development{Options: small, TestSplit: 1}, ErrNoDowntime},
		"more folds than groups": {t.Context(), inGroups(draw(60, 3), 4), Development{Options: small, Folds: 5}, ErrFewRows},
		"one fold":               {t.Context(), draw(60, 3), Development{Options: small, Folds: 1}, ErrFewRows},
		"folds of too few":       {t.Context(), draw(35, 3), Development{Options: small, Folds: 2}, ErrFewRows},
		"no name held out":       {t.Context(), inGroups(draw(60, 3), 2), Development{Options: small, TestSplit: 0.01, ByName: true}, ErrFewRows},
		"folds of too few real":  {t.Context(), fewReal(), Development{Options: small, Folds: 2}, ErrFewRows},
		"cancelled":              {ctx, draw(60, 3), Development{Options: small}, context.Canceled},
	} {
		m, r, err := Develop(c.ctx, c.examples, c.d)
		if m != nil || r != nil || !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %v, error %v", name, m, r, err)
		}
	}
}

// A test without a downtime still makes a report, of what there is.
func TestReportOnSilentRows(t *testing.T) {
	examples := draw(100, 3)
	d := Development{Options: small, TestSplit: 0.2}
	_, held := d.divide(examples)
	silent := map[string]bool{}
	for _, e := range held {
		silent[e.Group] = true
	}
	for i := range examples {
		if silent[examples[i].Group] {
			examples[i].Outcome, examples[i].Untimed = outcome(migration.Failed, math.NaN(), math.NaN()), nil
		}
	}
	_, r := develop(t, examples, d)
	if r.Test != nil || r.Converge.Rows != 0 || !math.IsNaN(float64(r.Converge.Converged)) {
		t.Errorf("test %+v, convergence %+v", r.Test, r.Converge)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func TestImportanceOfWhatDecides(t *testing.T) {
	m := judged()
	e := predict(m.experts, fresh(300), evaluate.Downtime)
	importance, err := permuted(t.Context(), e, 1)
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]prediction.Number{}
	for _, i := range importance {
		of[i.Feature] = i.Permutation
	}
	if of["auto_converge"] != 0 {
		t.Errorf("a constant has importance %v", of["auto_converge"])
	}
	if of["downtime_limit_ms"] <= of["disk_io"] || of["downtime_limit_ms"] <= 0 {
		t.Errorf("importance %v", of)
	}
}

func TestImportanceOfUnknownFeatures(t *testing.T) {
	examples := draw(60, 3)
	for i := range examples {
		examples[i].Features = examples[i].Features.Only(estimate.SeedFeatures)
	}
	_, r := develop(t, examples, Development{Options: small, TestSplit: 0.3})
	if len(r.Importance) != 4 || fmt.Sprint(r.Features) != "[cpu_load memory_usage disk_io network_bandwidth]" {
		t.Errorf("features %v, importance %v", r.Features, r.Importance)
	}
}

func TestProvenanceIsReadBack(t *testing.T) {
	trained := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	m, _ := develop(t, draw(80, 3), Development{Options: small, TestSplit: 0.25, TrainedAt: &trained, Sources: []model.Source{{Name: "recorded", Rows: 80, SHA256: "ab"}}})
	back, err := model.Decode(fileOf(t, m))
	if err != nil {
		t.Fatal(err)
	}
	as := func(m *model.Model) string {
		text, err := json.Marshal(m.Provenance())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if diff := cmp.Diff(as(m), as(back)); diff != "" {
		t.Error(diff)
	}
	if got := back.Identity(); got.TrainedAt == nil || !got.TrainedAt.Equal(trained) || back.Provenance().Metrics.Test.Rows == 0 {
		t.Errorf("identity %+v", got)
	}
}
