package api

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"vmmp/pkg/metrics"
	"vmmp/pkg/prediction"
)

// series is the label sets of a metric.
func series(t testing.TB, s *Server, name string) []string {
	t.Helper()
	families, err := s.metrics.Registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			all = append(all, strings.Join(labels, " "))
		}
	}
	return all
}

// Requests are counted by route; what is not served shares one series, whatever a client makes up.
func TestRequestsAreCounted(t *testing.T) {
	s := newServer(t, keeping(faulty{}))
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		path := fmt.Sprintf("/%x/%x", r.Uint64(), r.Uint64())
		method := fmt.Sprintf("M%X", r.Uint64())
		do(s, "GET", path, "")
		do(s, method, "/predict", "")
		do(s, method, path, "")
		do(s, "GET", "/health?"+path, "")
		do(s, "HEAD", "/health", "")
		do(s, "GET", "/docs"+path, "")
	}
	do(s, "POST", "/predict", someVM)
	do(s, "POST", "/predict", "{}")
	got := series(t, s, metrics.NameHTTPRequests)
	slices.Sort(got)
	want := []string{
		"code=200 method=GET route=/health", "code=200 method=POST route=/predict", "code=404 method=GET route=/docs/",
		"code=404 method=other route=other", "code=405 method=other route=other", "code=422 method=POST route=/predict",
	}
	if !slices.Equal(got, want) {
		t.Errorf("series\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for labels, want := range map[[3]string]float64{{"GET", "/health", "200"}: 600, {"other", "other", "404"}: 600, {"other", "other", "405"}: 300} {
		if n := testutil.ToFloat64(s.metrics.HTTPRequests.WithLabelValues(labels[0], labels[1], labels[2])); n != want {
			t.Errorf("%v is counted %g times, not %g", labels, n, want)
		}
	}
	for reason, want := range map[string]float64{metrics.RejectedNotFound: 900, metrics.RejectedMethod: 300, metrics.RejectedInvalid: 1, metrics.RejectedOverload: 0} {
		if n := testutil.ToFloat64(s.metrics.HTTPRejected.WithLabelValues(reason)); n != want {
			t.Errorf("%s is counted %g times, not %g", reason, n, want)
		}
	}
}

// What the dashboards read is there, and of the right amount.
func TestPredictionsAreCounted(t *testing.T) {
	s := newServer(t)
	read[prediction.Prediction](t, do(s, "POST", "/predict", fourFeatures), http.StatusOK)
	postBatch(t, s, mediaJSON, "["+someVM+","+someVM+",7]")
	for endpoint, want := range map[string]float64{metrics.EndpointPredict: 1, metrics.EndpointBatch: 2} {
		if n := testutil.ToFloat64(s.metrics.Predictions.WithLabelValues(endpoint, metrics.SupportSimulated)); n != want {
			t.Errorf("%s: %g predictions counted, not %g", endpoint, n, want)
		}
	}
	w := do(s, "GET", "/metrics", "")
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Fatalf("answered %d %v", w.Code, w.Header())
	}
	for _, line := range []string{
		`vmmp_predictions_total{endpoint="predict",support="simulated"} 1`, "vmmp_predicted_downtime_seconds_count 3",
		`vmmp_http_requests_total{code="200",method="POST",route="/predict"} 1`, `vmmp_http_request_duration_seconds_count{method="POST",route="/predict/batch"} 1`,
		"vmmp_model_info{id=",
	} {
		if !strings.Contains(w.Body.String(), line) {
			t.Errorf("no %s in the exposition", line)
		}
	}
}
