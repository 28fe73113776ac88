package render

import (
	"strings"
	"testing"
	"time"

	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/page/pagetest"
	"vmmp/pkg/stress/apiload"
)

// loadReport is a report with something to say everywhere.
func loadReport() *apiload.Report {
	rate := 500.0
	l := apiload.Latency{P50: 0.4312, P90: 1.5, P99: 12.34, P999: 234.5, Max: 5000, Mean: 3.21}
	return &apiload.Report{
		URL: "http://host:8001/predict", Loop: apiload.Open, Connections: 8, Seed: 42, DurationSeconds: 10.02,
		Requests: 5000, RateAsked: &rate, RateAchieved: 499.98, Throughput: 498.9, Latency: l,
		Late:   apiload.Lateness{P50: 0.08, P99: 0.2},
		Errors: map[apiload.Kind]int{apiload.ErrServer: 1, apiload.ErrTimeout: 10}, ErrorShare: 11. / 5000,
		Examples: map[apiload.Kind]string{
			apiload.ErrServer:  "valid request (4 features): answered 503: busy",
			apiload.ErrTimeout: "borderline request (minus zero): no answer in time",
		},
		Shares: map[string]apiload.ShareReport{
			"valid":   {Requests: 4750, Errors: 11, Latency: l},
			"invalid": {Requests: 250, Latency: apiload.Latency{P50: 0.2, P90: 0.3, P99: 0.4, P999: 0.5, Max: 0.6, Mean: 0.25}},
		},
		Warnings: []string{"this machine itself was late"},
	}
}

func TestAPILoad(t *testing.T) {
	pagetest.Golden(t, "load", func(p *page.Page) { APILoad(p, loadReport()) })
	closed := loadReport()
	closed.Loop, closed.RateAsked, closed.Errors, closed.ErrorShare, closed.Warnings = apiload.Closed, nil, nil, 0, nil
	p := page.New(false, 80)
	APILoad(p, closed)
	out := p.String()
	for _, want := range []string{"closed loop, as fast as answers come", "Errors              none\n", "from when requests were sent\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "late") || strings.Contains(out, "Mind") {
		t.Errorf("a closed loop is never late:\n%s", out)
	}
}

func TestAPIProgress(t *testing.T) {
	p := apiload.Progress{Elapsed: 2500 * time.Millisecond, Requests: 1250, P99: 1234 * time.Microsecond, Errors: 3}
	if got, want := APIProgress(p, 10*time.Second), "  2.5 of 10s      1250 requests       500/s  p99 1.234ms   3 errors"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
