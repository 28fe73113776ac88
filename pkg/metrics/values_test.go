package metrics

import (
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vmmp/pkg/prediction"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

var nan = math.NaN()

// shows fails unless each line is in the exposition.
func shows(t *testing.T, m *Metrics, lines ...string) {
	t.Helper()
	text := scrape(t, m)
	for _, line := range lines {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("%s is missing", line)
		}
	}
}

func TestPredictedIsInSeconds(t *testing.T) {
	m := New(Build{})
	m.Predicted(EndpointSimulate, SupportSite, summary(250, 4000, 0.5, 125, 625))
	shows(t, m,
		`vmmp_predictions_total{endpoint="simulate",support="site"} 1`,
		`vmmp_predicted_downtime_seconds_sum 0.25`,
		`vmmp_predicted_downtime_seconds_count 1`,
		`vmmp_predicted_total_time_seconds_sum 4`,
		`vmmp_predicted_total_time_seconds_count 1`,
		`vmmp_prediction_confidence_ratio_sum 0.5`,
		`vmmp_prediction_confidence_ratio_count 1`,
		`vmmp_prediction_interval_width_seconds_sum 0.5`,
		`vmmp_prediction_interval_width_seconds_count 1`,
	)
}

// One value that is no number must not spoil a sum for ever.
func TestPredictedLeavesOutUnknowns(t *testing.T) {
	m := New(Build{})
	m.Predicted(EndpointPredict, SupportSimulated, summary(100, nan, 0.5, 50, math.Inf(1)))
	m.Predicted(EndpointPredict, SupportSimulated, summary(nan, 1000, nan, nan, 50))
	shows(t, m,
		`vmmp_predictions_total{endpoint="predict",support="simulated"} 2`,
		`vmmp_predicted_downtime_seconds_sum 0.1`,
		`vmmp_predicted_downtime_seconds_count 1`,
		`vmmp_predicted_total_time_seconds_sum 1`,
		`vmmp_predicted_total_time_seconds_count 1`,
		`vmmp_prediction_confidence_ratio_sum 0.5`,
		`vmmp_prediction_confidence_ratio_count 1`,
		`vmmp_prediction_interval_width_seconds_sum 0`,
		`vmmp_prediction_interval_width_seconds_count 0`,
	)
}

func TestAnsweredIsInSeconds(t *testing.T) {
	m := New(Build{})
	m.Answered("GET", "/health", 200, 1500*time.Millisecond, "")
	shows(t, m,
		`vmmp_http_requests_total{code="200",method="GET",route="/health"} 1`,
		`vmmp_http_request_duration_seconds_sum{method="GET",route="/health"} 1.5`,
		`vmmp_http_request_duration_seconds_bucket{method="GET",route="/health",le="1"} 0`,
		`vmmp_http_request_duration_seconds_bucket{method="GET",route="/health",le="2.5"} 1`,
	)
}

func TestBuckets(t *testing.T) {
	for name, c := range map[string]struct {
		bounds      []float64
		first, last float64
	}{
		"downtime":   {downtimeBuckets, 0.001, 100},
		"total time": {totalTimeBuckets, 0.1, 3 * 3600},
		"confidence": {confidenceBuckets, 0.1, 1},
		"latency":    {latencyBuckets, 0.0001, 30},
	} {
		n := len(c.bounds)
		if !slices.IsSorted(c.bounds) || len(slices.Compact(slices.Clone(c.bounds))) != n {
			t.Errorf("%s: bounds do not ascend: %v", name, c.bounds)
		}
		if c.bounds[0] != c.first || c.bounds[n-1] != c.last {
			t.Errorf("%s: from %g to %g, want %g to %g", name, c.bounds[0], c.bounds[n-1], c.first, c.last)
		}
	}
}

func count(t *testing.T, m *Metrics, names ...string) int {
	t.Helper()
	n, err := testutil.GatherAndCount(m.Registry(), names...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAccuracyForgetsWhatVanished(t *testing.T) {
	m := New(Build{})
	m.Accuracy.Set(reading("api", "24h"), reading("lab", "24h"))
	if got := count(t, m, NameOutcomes, NameCostSaved); got != 4 {
		t.Errorf("%d series, want 4", got)
	}
	m.Accuracy.Set(reading("api", "7d"))
	if got := count(t, m, NameOutcomes, NameCostSaved); got != 2 {
		t.Errorf("%d series after one source and one window vanished, want 2", got)
	}
	if got := testutil.ToFloat64(m.Accuracy.Coverage.WithLabelValues("api", "7d")); got != 0.875 {
		t.Errorf("coverage %g, want 0.875", got)
	}
	m.Accuracy.Reset()
	for _, g := range m.Accuracy.gauges() {
		if got := testutil.CollectAndCount(g); got != 0 {
			t.Errorf("%d series after Reset", got)
		}
	}
}

func TestAccuracyHidesUnknowns(t *testing.T) {
	m := New(Build{})
	r := reading("api", "24h")
	r.LogR2, r.CostSaved = math.Inf(-1), nan
	m.Accuracy.Set(r)
	if got := count(t, m, NameLogR2, NameCostSaved); got != 0 {
		t.Errorf("%d series of what is unknown", got)
	}
	if got := count(t, m, NameOutcomes, NameCoverage); got != 2 {
		t.Errorf("%d series of what is known, want 2", got)
	}
}

// Whatever a scrape coincides with, it sees one model, and the readings of one
// Set.
func TestScrapesSeeNoChangeHalfDone(t *testing.T) {
	m := New(Build{})
	m.Model.Set(trained("m0"))
	m.Accuracy.Set(reading("api", "24h"))
	done := make(chan struct{})
	var writers sync.WaitGroup
	for _, change := range []func(string){
		func(id string) { m.Model.Set(trained(id)) },
		func(id string) { m.Accuracy.Set(reading(id, "24h")) },
		func(string) { m.Predicted(EndpointPredict, SupportSite, summary(1, 2, 0.5, 1, 2)) },
		func(string) { m.Answered("GET", "/health", 200, 1, "7f3c") },
	} {
		writers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
					change([]string{"a", "b"}[i%2])
				}
			}
		})
	}
	for range 20 {
		seen := map[string]int{}
		for _, family := range gather(m.Registry()) {
			seen[family.GetName()] = len(family.GetMetric())
		}
		models, sources, outcomes := seen[NameModelInfo], seen[NameModelTrainingRows], seen[NameOutcomes]
		if models != 1 || sources != 2 || outcomes != 1 {
			t.Errorf("a scrape saw %d models with rows of %d sources and %d readings, want 1, 2 and 1", models, sources, outcomes)
		}
	}
	close(done)
	writers.Wait()
}

// summary holds the numbers of a prediction: times in ms.
func summary(downtime, total, confidence, lower, upper float64) prediction.Summary {
	return prediction.Summary{DowntimeMS: downtime, TotalTimeMS: &total, Confidence: confidence, LowerMS: lower, UpperMS: upper}
}
