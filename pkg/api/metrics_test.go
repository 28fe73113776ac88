package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"vmmp/pkg/httpd"
	"vmmp/pkg/metrics"
	"vmmp/pkg/model"
)

// openMetrics asks for the metrics as Prometheus does.
func openMetrics(t *testing.T, s *Server) string {
	t.Helper()
	w := do(s, "GET", "/metrics", "", "Accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5")
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/openmetrics-text") {
		t.Fatalf("answered %d %v", w.Code, w.Header())
	}
	return w.Body.String()
}

// The log's line of a slow request is found from its bucket. Every id that a request can have is counted, and those
// that there is room for are told.
func TestRequestsAreExemplars(t *testing.T) {
	s := newServer(t)
	longest := strings.Repeat("x", httpd.MaxRequestIDBytes)
	for _, id := range []string{longest, longest[:118], longest[:10], "a'}#", ""} {
		do(s, "GET", "/health", "", httpd.RequestIDHeader, id)
		text := openMetrics(t, s)
		if shown := strings.Contains(text, `# {request_id="`+id+`"} `); shown != (id != longest && id != "") {
			t.Errorf("%q: shown is %t", id, shown)
		}
	}
	if text := openMetrics(t, s); !strings.Contains(text, `vmmp_http_request_duration_seconds_count{method="GET",route="/health"} 5`+"\n") {
		t.Errorf("not all are counted:\n%s", text)
	}
}

// Each prediction is timed, wherever it was asked for.
func TestPredictionsAreTimed(t *testing.T) {
	s := newServer(t)
	begun := time.Now()
	do(s, "POST", "/predict", someVM)
	do(s, "POST", "/predict", "{}") // of which the model hears nothing
	postBatch(t, s, mediaJSON, "["+someVM+",{},"+someVM+","+someVM+"]")
	simulated(t, s, "?mode=stress&seed=1")
	simulated(t, s, "?count=5&seed=1")
	passed := time.Since(begun).Seconds()
	text := do(s, "GET", "/metrics", "").Body.String()
	for endpoint, want := range map[string]string{metrics.EndpointPredict: "1", metrics.EndpointBatch: "3"} {
		if line := `vmmp_prediction_duration_seconds_count{endpoint="` + endpoint + `"} ` + want + "\n"; !strings.Contains(text, line) {
			t.Errorf("no %s", line)
		}
	}
	for _, endpoint := range []string{metrics.EndpointPredict, metrics.EndpointBatch, metrics.EndpointSimulate} {
		predicted := 0.0
		for _, support := range []string{metrics.SupportSite, metrics.SupportSimulated} {
			predicted += testutil.ToFloat64(s.metrics.Predictions.WithLabelValues(endpoint, support))
		}
		count, sum := timed(t, s, endpoint)
		if float64(count) != predicted || !(sum > 0 && sum < passed) {
			t.Errorf("%s: %d timed of %g predictions, %g s of %g s", endpoint, count, predicted, sum, passed)
		}
	}
}

// timed are the number and the sum of the durations of predictions.
func timed(t *testing.T, s *Server, endpoint string) (count uint64, sum float64) {
	t.Helper()
	families, err := s.metrics.Registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == metrics.NamePredictionDuration && m.GetLabel()[0].GetValue() == endpoint {
				count, sum = m.GetHistogram().GetSampleCount(), m.GetHistogram().GetSampleSum()
			}
		}
	}
	return count, sum
}

func TestSimulatedMigrationsAreCounted(t *testing.T) {
	s := newServer(t)
	want := map[[2]string]float64{}
	for query, mode := range map[string]string{"?count=3": "single", "?mode=stress": "stress", "?mode=fleet&count=20": "fleet"} {
		for _, m := range simulated(t, s, query+"&seed=1").Simulations {
			want[[2]string{mode, string(m.Outcome.Status)}]++
		}
	}
	if len(want) < 4 {
		t.Fatalf("only %v: too little of a test", want)
	}
	for labels, n := range want {
		if got := testutil.ToFloat64(s.metrics.Simulated.WithLabelValues(labels[0], labels[1])); got != n {
			t.Errorf("%v: %g counted, want %g", labels, got, n)
		}
	}
}

// The model that is shown is the one that answers, with what its file says of it.
func TestModelIsShown(t *testing.T) {
	before := float64(time.Now().Unix())
	s := newServer(t)
	p := s.model.Load().Provenance()
	shown := &s.metrics.Model
	for name, c := range map[string]struct{ got, want float64 }{
		"trained":   {testutil.ToFloat64(shown.Trained), float64(p.TrainedAt.Unix())},
		"other":     {testutil.ToFloat64(shown.TrainingRows.WithLabelValues("other")), float64(p.Data[0].Rows)},
		"fleet":     {testutil.ToFloat64(shown.TrainingRows.WithLabelValues("fleet")), float64(p.Data[1].Rows)},
		"test rows": {testutil.ToFloat64(shown.TestRows), float64(p.Metrics.Test.Rows)},
		"error":     {testutil.ToFloat64(shown.MedianRelativeError), float64(p.Metrics.Test.MedianRelativeError)},
		"coverage":  {testutil.ToFloat64(shown.Coverage), float64(p.Metrics.Test.Coverage90)},
		"log R2":    {testutil.ToFloat64(shown.LogR2), float64(p.Metrics.Test.LogR2)},
	} {
		if c.got != c.want {
			t.Errorf("%s: %g, want %g", name, c.got, c.want)
		}
	}
	if loaded := testutil.ToFloat64(shown.Loaded); loaded < before || loaded > float64(time.Now().Unix()+1) {
		t.Errorf("loaded at %g, want %g or just after", loaded, before)
	}
}

// A model that says little of itself shows little.
func TestModelReading(t *testing.T) {
	at := time.Unix(1714570000, 0)
	want := metrics.ModelReading{ID: "3f2a9c41d0e7", Loaded: at, TrainingRows: map[string]int{}}
	if diff := cmp.Diff(want, modelReading("3f2a9c41d0e7", model.Provenance{}, at)); diff != "" {
		t.Errorf("without a provenance (-want +got):\n%s", diff)
	}
	untested := model.Provenance{
		Data:    []model.Source{{Name: "recorded", Rows: 5}, {Name: "recorded", Rows: 7}, {Name: "demo", Rows: 11}},
		Metrics: &model.Report{Rows: 23},
	}
	want.TrainingRows = map[string]int{"recorded": 12, "demo": 11}
	if diff := cmp.Diff(want, modelReading("3f2a9c41d0e7", untested, at)); diff != "" {
		t.Errorf("without a test (-want +got):\n%s", diff)
	}
}
