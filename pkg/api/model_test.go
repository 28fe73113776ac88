package api

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"vmmp/pkg/metrics"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/train"
	"vmmp/pkg/prediction"
)

// otherModel is a small model that is not the embedded one.
func otherModel(t testing.TB) *model.Model {
	t.Helper()
	examples := make([]train.Example, 40)
	for i := range examples {
		r := migration.Record{Outcome: migration.UnknownOutcome()}
		r.Features.Set(migration.CPULoad, float64(i))
		r.Features.Set(migration.MemoryUsage, float64(2*i))
		r.Outcome.DowntimeMS, r.Outcome.Status = float64(50+10*i), migration.Completed
		examples[i] = train.Recorded([]migration.Record{r})[0]
	}
	m, err := train.Train(context.Background(), examples, train.Options{Trees: 5, Mode: model.Column})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestModel(t *testing.T) {
	transcript(t, newServer(t), "model.golden", []exchange{
		{name: "the model in service", method: "GET", target: "/model", status: 200},
		{name: "the model read anew", method: "POST", target: "/model/reload", status: 200},
	})
}

// Whoever asks after a reload is answered by the new model.
func TestReload(t *testing.T) {
	other := otherModel(t)
	s := newServer(t, func(o *Options) {
		o.LoadModel = func() (*model.Model, error) { return other, nil }
	})
	before := read[prediction.Prediction](t, do(s, "POST", "/predict", fourFeatures), http.StatusOK)
	got := read[modelInfo](t, do(s, "POST", "/model/reload", ""), http.StatusOK)
	after := read[prediction.Prediction](t, do(s, "POST", "/predict", fourFeatures), http.StatusOK)
	size, err := other.Size()
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != other.ID() || got.Bytes != size || after.Model.ID != other.ID() || before.Model.ID == other.ID() {
		t.Errorf("reloaded %s of %d bytes; before %s, after %s, want %s of %d bytes", got.ID, got.Bytes, before.Model.ID, after.Model.ID, other.ID(), size)
	}
	if n := testutil.ToFloat64(s.metrics.ModelReloads.WithLabelValues(metrics.ReloadSucceeded)); n != 1 {
		t.Errorf("%g reloads counted", n)
	}
	if n := testutil.ToFloat64(s.metrics.Model.Info.WithLabelValues(other.ID(), "")); n != 1 {
		t.Errorf("the new model is not shown: %g", n)
	}
}

// A damaged file is refused with a line that says so, and the model stays.
func TestReloadOfADamagedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.vmmp")
	other := otherModel(t)
	if _, err := other.Save(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, func(o *Options) {
		o.Model, o.LoadModel = other, func() (*model.Model, error) { return model.Load(path) }
	})
	damage := map[string][]byte{"cut short": text[:len(text)/2], "altered": append(text[:len(text)-9:len(text)-9], 'x'), "foreign": []byte("no model"), "empty": nil}
	for name, content := range damage {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		p := wantProblem(t, do(s, "POST", "/model/reload", ""), http.StatusUnprocessableEntity, "model")
		if p.Errors[0].Message == "" {
			t.Errorf("%s: %+v", name, p)
		}
		if got := read[prediction.Prediction](t, do(s, "POST", "/predict", fourFeatures), http.StatusOK); got.Model.ID != other.ID() {
			t.Errorf("%s: model %s answers, not %s", name, got.Model.ID, other.ID())
		}
	}
	if n := testutil.ToFloat64(s.metrics.ModelReloads.WithLabelValues(metrics.ReloadFailed)); int(n) != len(damage) {
		t.Errorf("%g failed reloads counted, not %d", n, len(damage))
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if w := do(s, "POST", "/model/reload", ""); w.Code != http.StatusOK {
		t.Errorf("the file as it was: %d %s", w.Code, w.Body)
	}
}
