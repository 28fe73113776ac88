package metrics

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

var update = flag.Bool("update", false, "write the golden files anew")

// used is a set of metrics each of which has been used at least once.
func used() *Metrics {
	m := New(Build{Version: "v1.2.3", Revision: "0123abc", GoVersion: "go1.26.0"})
	m.Predicted(EndpointPredict, SupportSite, summary(156.25, 8120, 0.875, 121, 204.5))
	m.Predicted(EndpointBatch, SupportSimulated, summary(2000, nan, 0.25, 500, 9000))
	m.PredictionTook(EndpointPredict, 125*time.Microsecond, 1)
	m.PredictionTook(EndpointBatch, 8*time.Millisecond, 64)
	m.Simulated.WithLabelValues("stress", "forced").Add(2)
	m.Warnings.WithLabelValues(WarningNotConverging).Inc()
	m.PredictionFaults.WithLabelValues(EndpointBatch).Add(3)
	m.Answered("POST", "/predict", 200, 700*time.Microsecond, "7f3c")
	m.Answered("GET", Other, 404, 50*time.Microsecond, "")
	m.HTTPInFlight.Set(2)
	m.HTTPRejected.WithLabelValues(RejectedNotFound).Inc()
	m.HTTPPanics.Inc()
	m.Model.Set(trained("3f2a9c41d0e7"))
	m.ModelReloads.WithLabelValues(ReloadFailed).Inc()
	m.Recorded.WithLabelValues("api", "completed").Add(4)
	m.HistoryErrors.WithLabelValues(HistoryAppend).Inc()
	m.Ready.Set(1)
	m.Accuracy.Set(reading("api", "24h"), Reading{
		Source: "all", Window: "7d", Outcomes: 7,
		MedianRelativeError: nan, LogR2: nan, Within25: nan, Coverage: nan, MeanConfidence: nan,
		SuccessRate: 1, DowntimeAvoidedSeconds: nan, CostSaved: nan,
	})
	m.ShowHost(func() (HostReading, bool) { return busyHost, true })
	m.ShowVMs(func() []VMReading { return []VMReading{{"here", "web-1", 0.2, 0.5, 8, 0.9, 1.7e9}} })
	return m
}

// trained is a model of which all is known.
func trained(id string) ModelReading {
	return ModelReading{
		ID: id, Trained: time.Date(2024, 5, 1, 14, 0, 0, 0, time.FixedZone("", 7200)), Loaded: time.UnixMilli(1714570000250),
		TrainingRows: map[string]int{"recorded": 2550, "fleet": 25000},
		Test:         TestReading{Rows: 377, MedianRelativeError: 0.203125, Coverage: 0.90625, LogR2: 0.8125},
	}
}

var busyHost = HostReading{CPUUsage: 0.75, MemoryUsage: 0.5, DiskBytes: 2e7, NetworkBytes: 125e6, MemoryBytes: 1 << 34, CPUs: 8}

func reading(source, window string) Reading {
	return Reading{
		Source: source, Window: window, Outcomes: 12, Matched: 8,
		MedianRelativeError: 0.125, LogR2: -0.5, Within25: 0.75, Coverage: 0.875, MeanConfidence: 0.5,
		SuccessRate: 0.9375, DowntimeAvoidedSeconds: 42.5, CostSaved: -3.5,
	}
}

// scrape is what Prometheus would be sent.
func scrape(t *testing.T, m interface{ Registry() *prometheus.Registry }) string {
	t.Helper()
	handler := promhttp.HandlerFor(m.Registry(), promhttp.HandlerOpts{})
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	if answer.Code != 200 {
		t.Fatalf("status %d: %s", answer.Code, answer.Body)
	}
	return answer.Body.String()
}

// ours takes out what the Go runtime and the process report, which no two runs
// have in common.
func ours(exposition string) string {
	foreign := regexp.MustCompile(`(?m)^(# (HELP|TYPE) )?(go|process)_.*\n`)
	return foreign.ReplaceAllString(exposition, "")
}

func TestExposition(t *testing.T) { golden(t, "testdata/metrics.golden", scrape(t, used())) }

// golden compares an exposition with a file.
func golden(t *testing.T, path, got string) {
	t.Helper()
	for _, family := range []string{"go_goroutines", "go_memstats_heap_alloc_bytes", "process_cpu_seconds_total"} {
		if !strings.Contains(got, "\n"+family+" ") {
			t.Errorf("%s is missing", family)
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(ours(got)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), ours(got)); diff != "" {
		t.Errorf("%s (go test ./pkg/metrics -run Exposition -update writes it anew):\n%s", path, diff)
	}
}

func TestPromlint(t *testing.T) {
	for _, registry := range []*prometheus.Registry{used().Registry(), stressed().Registry()} {
		problems, err := testutil.GatherAndLint(registry, Names()...)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// constants are the values of the exported constants of names.go.
func constants(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "names.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range file.Decls {
		block, ok := d.(*ast.GenDecl)
		if !ok || block.Tok != token.CONST {
			continue
		}
		for _, s := range block.Specs {
			spec := s.(*ast.ValueSpec)
			if !strings.HasPrefix(spec.Names[0].Name, "Name") {
				t.Errorf("%s: a constant of names.go starts with Name", spec.Names[0].Name)
			}
			name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// registered are the names of all families of ours on either registry, those
// without a series included.
func registered() []string {
	descriptions := make(chan *prometheus.Desc)
	go func() {
		served := New(Build{})
		served.ShowHost(func() (HostReading, bool) { return HostReading{}, false })
		served.ShowVMs(func() []VMReading { return nil })
		served.Registry().Describe(descriptions)
		NewStress(Build{}).Registry().Describe(descriptions)
		close(descriptions)
	}()
	name := regexp.MustCompile(`fqName: "(vmmp_[^"]*)"`)
	var names []string
	for d := range descriptions {
		if found := name.FindStringSubmatch(d.String()); found != nil {
			names = append(names, found[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestEveryNameIsRegistered(t *testing.T) {
	want := constants(t)
	if diff := cmp.Diff(want, registered()); diff != "" {
		t.Errorf("constants (-) and what is registered (+) differ:\n%s", diff)
	}
	if diff := cmp.Diff(want, Names()); diff != "" {
		t.Errorf("constants (-) and Names() (+) differ:\n%s", diff)
	}
	if len(slices.Compact(slices.Clone(want))) != len(want) {
		t.Errorf("two constants have one name: %v", want)
	}
}

// Each series of the exposition is one that Series lists, and the other way
// round. Those of native histograms are not in the text.
func TestSeries(t *testing.T) {
	name := regexp.MustCompile(`(?m)^vmmp_[a-z0-9_]+`)
	shown := name.FindAllString(ours(scrape(t, used())+scrape(t, stressed())), -1)
	shown = append(shown, natives(t, used())...)
	slices.Sort(shown)
	if diff := cmp.Diff(slices.Compact(shown), Series()); diff != "" {
		t.Errorf("shown (-) and Series() (+) differ:\n%s", diff)
	}
}

// Before anything happened, all that can be named beforehand is there as 0.
func TestKnownSeriesStartAtZero(t *testing.T) {
	text := scrape(t, New(Build{}))
	for _, want := range []string{
		`vmmp_predictions_total{endpoint="simulate",support="site"} 0`,
		`vmmp_prediction_warnings_total{kind="contradiction"} 0`,
		`vmmp_prediction_rejected_total{endpoint="predict"} 0`,
		`vmmp_predicted_downtime_seconds_count 0`,
		`vmmp_http_requests_in_flight 0`,
		`vmmp_http_requests_rejected_total{reason="overload"} 0`,
		`vmmp_http_panics_total 0`,
		`vmmp_model_reloads_total{result="success"} 0`,
		`vmmp_migrations_recorded_total{source="lab",status="not_converged"} 0`,
		`vmmp_history_errors_total{operation="append"} 0`,
		`vmmp_ready 0`,
		`vmmp_build_info{goversion="",revision="",version=""} 1`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(text, NameModelInfo+"{") || strings.Contains(text, "vmmp_accuracy") {
		t.Error("a model or an accuracy is shown before there is one")
	}
}

func TestRegistriesAreApart(t *testing.T) {
	a, b := New(Build{}), New(Build{})
	a.HTTPPanics.Inc()
	if got := testutil.ToFloat64(b.HTTPPanics); got != 0 {
		t.Errorf("counted %g panics of another server", got)
	}
	families, err := prometheus.DefaultGatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "vmmp_") {
			t.Errorf("%s is on the global registry", f.GetName())
		}
	}
}
