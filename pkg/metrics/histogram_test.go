package metrics

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// natives are the histograms that are native ones as well.
func natives(t *testing.T, m *Metrics) []string {
	t.Helper()
	families, err := m.Registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range families {
		if h := f.GetMetric()[0].GetHistogram(); h != nil && h.Schema != nil {
			names = append(names, f.GetName())
		}
	}
	return names
}

func TestNativeHistograms(t *testing.T) {
	want := []string{NameHTTPDuration, NamePredictedDowntime, NamePredictionDuration}
	if got := natives(t, used()); !slices.Equal(got, want) {
		t.Errorf("native are %v, want %v", got, want)
	}
}

// However far apart the values are, the buckets that Prometheus is sent are bounded.
func TestNativeBucketsAreBounded(t *testing.T) {
	m := New(Build{})
	for v := 1e-9; v < 1e9; v *= 1.05 {
		m.Predicted(EndpointPredict, SupportSite, summary(v, v, 0.5, v, v))
	}
	families, err := m.Registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != NamePredictedDowntime {
			continue
		}
		buckets := len(f.GetMetric()[0].GetHistogram().GetPositiveDelta())
		if buckets < 50 || buckets > 100 {
			t.Errorf("%d buckets, want at most 100, and most of them", buckets)
		}
	}
}

// openMetrics is what Prometheus is sent when it asks for OpenMetrics.
func openMetrics(m *Metrics) string {
	request := httptest.NewRequest("GET", "/metrics", nil)
	request.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(m.Registry(), promhttp.HandlerOpts{EnableOpenMetrics: true}).ServeHTTP(answer, request)
	return answer.Body.String()
}

// An id is shown with the time of its request, and only to whom can read it.
func TestRequestsAreExemplars(t *testing.T) {
	m := New(Build{})
	m.Answered("POST", "/predict", 200, 1500*time.Microsecond, "7f3c")
	const line = `vmmp_http_request_duration_seconds_bucket{method="POST",route="/predict",le="0.0025"} 1`
	if text := openMetrics(m); !strings.Contains(text, "\n"+line+` # {request_id="7f3c"} 0.0015 `) {
		t.Errorf("no exemplar in\n%s", ours(text))
	}
	if text := scrape(t, m); !strings.Contains(text, "\n"+line+"\n") {
		t.Errorf("an exemplar in\n%s", ours(text))
	}
}

// What cannot be an exemplar is counted all the same.
func TestImpossibleExemplars(t *testing.T) {
	for id, shown := range map[string]bool{
		"":                            false,
		strings.Repeat("x", 118):      true,
		strings.Repeat("x", 119):      false,
		strings.Repeat("x", 5000):     false,
		strings.Repeat("\u00e9", 118): true, // runes count, not bytes
		"\xff":                        false,
		"a\nb\"":                      true,
	} {
		m := New(Build{})
		m.Answered("GET", "/health", 200, time.Millisecond, id)
		text := openMetrics(m)
		if !strings.Contains(text, `vmmp_http_request_duration_seconds_count{method="GET",route="/health"} 1`) {
			t.Errorf("%q is not counted", id)
		}
		if strings.Contains(text, labelRequestID) != shown {
			t.Errorf("%q: shown is %t", id, !shown)
		}
	}
}
