package simulate

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// compared returns the verdicts on outcomes, all predicted alike: 100 ms, 50 to 200.
func compared(outcomes ...migration.Outcome) []Migration {
	all := make([]Migration, len(outcomes))
	for i, o := range outcomes {
		all[i] = newMigration(newOracle().prediction, migration.Record{Features: vm(), Outcome: o})
	}
	return all
}

func TestSummarise(t *testing.T) {
	s := Summarise(compared(completed(100), completed(80), completed(400), completed(160), givenUp()))
	if s.Count != 5 || s.Downtime == nil || *s.Downtime != (evaluate.Quantiles{Min: 80, Mean: 185, Median: 100, P90: 400, P99: 400, Max: 400}) {
		t.Errorf("count %d, downtimes %+v", s.Count, s.Downtime)
	}
	equal(t, "converged", s.Converged, 0.8)
	equal(t, "convergence probability", s.ConvergenceProbability, 0.8)
	equal(t, "median relative error", s.MedianRelativeError, 0.25)
	if e := *s.RelativeError; e.Min != 0 || e.Max != 0.75 || e.P90 != 0.75 {
		t.Errorf("relative errors %+v", e)
	}
	equal(t, "coverage", s.Coverage90, 0.75)
	equal(t, "within a quarter", s.Within25, 0.5)
	equal(t, "mean confidence", s.MeanConfidence, 0.6)
}

// What no migration defines is null.
func TestSummaryOfNothing(t *testing.T) {
	for name, test := range map[string]struct {
		all  []Migration
		want string
	}{
		"no migration": {nil, `{"count":0,"failed":0,"converged":null,"convergence_probability":null,"median_relative_error":null,"coverage_90":null,"within_25_percent":null,"mean_confidence":null,"relative_error":null,"downtime_ms":null}`},
		"none ended":   {compared(givenUp(), givenUp()), `{"count":2,"failed":0,"converged":0,"convergence_probability":0.8,"median_relative_error":null,"coverage_90":null,"within_25_percent":null,"mean_confidence":null,"relative_error":null,"downtime_ms":null}`},
		"one":          {compared(completed(125)), `{"count":1,"failed":0,"converged":1,"convergence_probability":0.8,"median_relative_error":0.2,"coverage_90":1,"within_25_percent":1,"mean_confidence":0.6,"relative_error":{"min":0.2,"mean":0.2,"median":0.2,"p90":0.2,"p99":0.2,"max":0.2},"downtime_ms":{"min":125,"mean":125,"median":125,"p90":125,"p99":125,"max":125}}`},
	} {
		text, err := json.Marshal(Summarise(test.all))
		if err != nil || string(text) != test.want {
			t.Errorf("%s: %s, %v, want %s", name, text, err, test.want)
		}
	}
}

// A failed migration is no statement about convergence by itself, a forced one did not switch over by itself.
func TestOnlyASwitchOverIsCompared(t *testing.T) {
	for _, status := range []migration.Status{migration.Forced, migration.Failed, migration.NotConverged} {
		o := completed(100)
		o.Status = status
		if m := compared(o)[0]; m.Error != nil || m.Verdict != (Verdict{}) {
			t.Errorf("%s is compared", status)
		}
	}
	unknown := completed(math.NaN())
	if m := compared(unknown)[0]; m.Error != nil {
		t.Error("a switch-over of unknown downtime is compared")
	}
}

func TestLogErrors(t *testing.T) {
	var sum Accumulator
	for _, m := range compared(completed(50), givenUp(), completed(100), completed(400)) {
		sum.Add(&m)
	}
	got := sum.LogErrors(2)
	if len(got) != 2 || math.Abs(got[0]-math.Log(0.01)) > 1e-12 || math.Abs(got[1]-math.Log(0.75)) > 1e-12 {
		t.Errorf("the last two are %v", got)
	}
	if all := sum.LogErrors(9); len(all) != 3 || all[0] != 0 {
		t.Errorf("all are %v", all)
	}
}

// An error, a hit and a median are what they are in every other figure of vmmp.
func TestSummaryAgreesWithEvaluate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var outcomes []migration.Outcome
		var actual []float64
		var summaries []prediction.Summary
		for _, ms := range rapid.SliceOfN(rapid.Float64Range(1, 1000), 1, 20).Draw(t, "downtimes") {
			p := newOracle().prediction
			outcomes, actual = append(outcomes, completed(ms)), append(actual, ms)
			summaries = append(summaries, p.Summary())
		}
		got, want := Summarise(compared(outcomes...)), evaluate.ScoreSummaries(actual, summaries)
		if *got.MedianRelativeError != float64(want.MedianRelativeError) || got.RelativeError.P90 != float64(want.P90RelativeError) ||
			*got.Within25 != float64(want.Within25) || *got.Coverage90 != float64(want.Coverage90) {
			t.Fatalf("%+v, and evaluate says %+v", got, want)
		}
	})
}

// A failed migration is counted, and says nothing of convergence.
func TestSummaryOfAFailure(t *testing.T) {
	failed := migration.UnknownOutcome()
	failed.Status = migration.Failed
	s := Summarise(compared(completed(100), failed))
	if s.Count != 2 || s.Failed != 1 {
		t.Errorf("%d of %d failed", s.Failed, s.Count)
	}
	equal(t, "converged", s.Converged, 1)
}

func TestSummaryLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		downtimes := rapid.SliceOfN(rapid.Float64Range(0, 1e6), 1, 20).Draw(t, "downtimes")
		var outcomes []migration.Outcome
		for _, ms := range downtimes {
			outcomes = append(outcomes, completed(ms), givenUp())
		}
		s := Summarise(compared(outcomes...))
		if d := s.Downtime; d.Min > d.Median || d.Median > d.P90 || d.P90 > d.P99 || d.P99 > d.Max || d.Mean < d.Min || d.Mean > d.Max*(1+1e-12) {
			t.Fatalf("downtimes out of order: %+v", d)
		}
		if *s.Converged != 0.5 || *s.Within25 > *s.Coverage90 {
			t.Fatalf("converged %g, within a quarter %g, in the interval %g", *s.Converged, *s.Within25, *s.Coverage90)
		}
	})
}
