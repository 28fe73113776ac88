package api

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"vmmp/pkg/accuracy"
	"vmmp/pkg/history"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// past is a history of fixed entries.
type past struct {
	faulty
	entries []history.Entry
}

func (p past) Read(_ context.Context, q history.Query) ([]history.Entry, error) {
	return p.entries[:min(len(p.entries), q.Limit)], nil
}

// lived is a migration an hour ago, of which so much had been predicted.
func lived(source migration.Source, predicted, downtime float64, afterwards bool) history.Entry {
	r := migration.Record{Outcome: migration.UnknownOutcome(), Source: source, At: time.Now().Add(-time.Hour)}
	r.Features.Set(migration.CPULoad, 50)
	r.Outcome.DowntimeMS, r.Outcome.Status = downtime, migration.Completed
	return history.Entry{Record: r, RecordedAt: r.At, Prediction: &history.PastPrediction{
		Model: "m", Afterwards: afterwards, Summary: prediction.Summary{
			DowntimeMS: predicted, LowerMS: predicted / 2, UpperMS: predicted * 2, Confidence: 0.75, ConvergenceProbability: 0.9,
		},
	}}
}

func TestAccuracy(t *testing.T) {
	store := past{entries: []history.Entry{
		lived(migration.SourceAPI, 100, 110, false), lived(migration.SourceAPI, 200, 500, true), lived(migration.SourceLab, 100, 80, false),
	}}
	s := newServer(t, keeping(store), func(o *Options) {
		o.Business = accuracy.Business{DowntimeLimit: 400 * time.Millisecond, BaselineDowntime: time.Second, PricePerSecond: 2, Currency: "EUR"}
	})
	transcript(t, s, "accuracy.golden", []exchange{{name: "three migrations an hour ago", method: "GET", target: "/accuracy", status: 200}})
}

// What is recorded counts at once, and no later.
func TestAccuracyCountsWhatWasRecorded(t *testing.T) {
	s := newServer(t, remembering(t))
	empty := read[accuracy.Accuracy](t, do(s, "GET", "/accuracy", ""), http.StatusOK)
	id := read[prediction.Prediction](t, do(s, "POST", "/predict", fourFeatures), http.StatusOK).PredictionID
	read[recorded](t, do(s, "POST", "/migrations", fmt.Sprintf(`[{"prediction_id": %q, "downtime_ms": 100}, %s]`, id, outcome)), http.StatusCreated)
	got := read[accuracy.Accuracy](t, do(s, "GET", "/accuracy", ""), http.StatusOK)
	if empty.Assessed != 0 || got.Assessed != 2 || got.Model.ID != s.model.Load().ID() {
		t.Errorf("%d migrations, then %d, model %s", empty.Assessed, got.Assessed, got.Model.ID)
	}
	for _, w := range got.Windows {
		if w.Source == accuracy.AllSources && (w.Outcomes != 2 || w.Matched != 2 || w.AskedBefore != 1) {
			t.Errorf("window %+v", w)
		}
	}
}

// The gauges show what the history says, and nothing while it says nothing.
func TestAccuracyIsShown(t *testing.T) {
	store := &changing{Store: past{entries: []history.Entry{lived(migration.SourceAPI, 100, 110, false)}}}
	s := newServer(t, keeping(store))
	if w := do(s, "GET", "/metrics", ""); w.Code != http.StatusOK {
		t.Fatal(w.Code)
	}
	if n := testutil.ToFloat64(s.metrics.Accuracy.Matched.WithLabelValues("api", "24h")); n != 1 {
		t.Errorf("%g matched migrations are shown, not one", n)
	}
	store.Store = faulty{read: history.ErrDamaged}
	s.tracker = accuracy.NewTracker(store, accuracy.Business{}, time.Now) // one that has nothing in mind
	if w := do(s, "GET", "/metrics", ""); w.Code != http.StatusOK {
		t.Fatal(w.Code)
	}
	if n := testutil.CollectAndCount(s.metrics.Accuracy.Matched); n != 0 {
		t.Errorf("%d old figures are still shown", n)
	}
}

// changing is a history that can be exchanged for another.
type changing struct{ history.Store }
