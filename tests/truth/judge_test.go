package main

import (
	"math"
	"testing"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

// answered is a migration that ended somehow, told a downtime of 100 ms in [50, 200], confidence 0.6, and a total time
// of 1000 ms in [900, 1100].
func answered(downtimeMS, totalMS float64, status migration.Status, converges float64) answer {
	a := answer{record: migration.Record{Outcome: migration.UnknownOutcome()}}
	a.record.Outcome.DowntimeMS, a.record.Outcome.TotalTimeMS, a.record.Outcome.Status = downtimeMS, totalMS, status
	a.record.Features.Set(migration.NetworkBandwidth, 1000)
	a.record.Features.Set(migration.DirtyRate, 10)
	a.prediction = prediction.Prediction{
		PredictedDowntime: 100, Interval: prediction.Interval{Lower: 50, Upper: 200}, Confidence: 0.6,
		PredictedTotalTimeMS: 1000, ConvergenceProbability: converges, Support: prediction.Simulated,
	}
	a.total = &prediction.Interval{Lower: 900, Upper: 1100}
	return a
}

var nan = math.NaN()

// checkFigures compares some figures; NaN is wanted where one is undefined.
func checkFigures(t *testing.T, f figures, want map[measure]float64) {
	t.Helper()
	for m, v := range want {
		if got := float64(f[m]); !(math.Abs(got-v) < 1e-9) && !(math.IsNaN(got) && math.IsNaN(v)) {
			t.Errorf("%s = %v, want %v", measures[m].name, got, v)
		}
	}
}

func TestJudge(t *testing.T) {
	answers := []answer{
		answered(100, 1000, migration.Completed, 0.9),
		answered(40, 800, migration.Completed, 0.9),
		answered(110, 1250, migration.Completed, 0.2), // the model was wrong, the rule was not
		answered(400, 1000, migration.Completed, 0.9),
		answered(900, 5000, migration.Forced, 0.7), // both were wrong
		answered(nan, nan, migration.NotConverged, 0.1),
		answered(nan, nan, migration.Failed, 0.9), // of no verdict
	}
	checkFigures(t, judge(answers, false), map[measure]float64{
		asked: 7, judged: 4, realMS: 100, toldMS: 100,
		coverage: 0.5, below: 0.25, above: 0.25, confidence: 0.6, hits: 0.5, confidenceGap: 0.1,
		medianError: 1 - 100.0/110, bias: math.Log(100.0 / 110), // the second of four, in order: 1/4, 100/110, 1, 100/40
		totalError: 0, totalRatio: 1, totalCoverage: 0.5,
		converged: 4.0 / 6, convergenceTold: (0.9*3 + 0.2 + 0.7 + 0.1) / 6, wrongVerdicts: 2.0 / 6, ruleWrong: 2.0 / 6,
	})
	checkFigures(t, judge(answers, true), map[measure]float64{
		asked: 7, judged: 5, realMS: 110, coverage: 0.4, below: 0.2, above: 0.4, hits: 0.4, totalCoverage: 0.4, wrongVerdicts: 2.0 / 6,
	})
}

func TestJudgeNothing(t *testing.T) {
	f := judge(nil, false)
	for m := range measures {
		want := nan
		if measure(m) == asked || measure(m) == judged {
			want = 0
		}
		checkFigures(t, f, map[measure]float64{measure(m): want})
	}
}

// What nobody knows is not held against the model.
func TestJudgeUnknown(t *testing.T) {
	a := answered(100, nan, migration.StatusUnknown, 0.9)
	a.record.Features = migration.Features{}
	a.total = nil
	checkFigures(t, judge([]answer{a}, false), map[measure]float64{
		judged: 1, coverage: 1, totalError: nan, totalCoverage: nan, converged: 1, ruleWrong: nan,
	})
}

func TestRule(t *testing.T) {
	for _, c := range []struct {
		dirty, cap    float64 // MiB/s; Mbps, 0 for none
		says, enabled bool
	}{
		{95, 0, true, true}, // 0.8 of 1000 Mbps are 95.4 MiB/s
		{96, 0, false, true},
		{47, 500, true, true},
		{48, 500, false, true},
		{48, 5000, true, true}, // the link is slower than the cap
		{nan, 0, false, false},
	} {
		a := answered(100, 1000, migration.Completed, 0.9)
		a.record.Features.Set(migration.DirtyRate, c.dirty)
		if c.cap > 0 {
			a.record.Features.Set(migration.BandwidthCap, c.cap)
		}
		if says, known := a.rule(); says != c.says || known != c.enabled {
			t.Errorf("%+v: the rule says %v, known %v", c, says, known)
		}
	}
}

// The answers are the model's own.
func TestAsk(t *testing.T) {
	m, g := embedded(t), inventedGroups(t)[0]
	answers := ask(m, g.records)
	if len(answers) != len(g.records) {
		t.Fatalf("%d answers to %d questions", len(answers), len(g.records))
	}
	for i := range answers {
		want := m.Predict(g.records[i].Features, model.Options{})
		if answers[i].prediction.PredictionID != want.PredictionID || answers[i].record.Outcome.DowntimeMS != g.records[i].Outcome.DowntimeMS {
			t.Errorf("answer %d is to another question", i)
		}
	}
}
