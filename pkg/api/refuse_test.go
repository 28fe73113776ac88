package api

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"vmmp/pkg/httpd"
	"vmmp/pkg/metrics"
	"vmmp/pkg/prediction"
)

const (
	someVM  = `{"cpu_load": 50, "memory_usage": 60}`
	deep    = 100_000 // levels of nesting
	outcome = `{"cpu_load": 50, "downtime_ms": 120}`
)

// badBodies are bodies of /predict that are refused.
var badBodies = []exchange{
	{name: "nothing", body: ""},
	{name: "white space", body: " \r\n\t"},
	{name: "cut short", body: `{"cpu_load": 50, "memory_`},
	{name: "an array", body: "[" + someVM + "]"},
	{name: "null", body: "null"},
	{name: "a string", body: `"cpu_load"`},
	{name: "two objects", body: someVM + someVM},
	{name: "a byte order mark", body: "\ufeff" + someVM},
	{name: "single quotes", body: `{'cpu_load': 50}`},
	{name: "no UTF-8", body: "{\"cpu_load\": 50, \"memory_usage\": 60, \"group\": \"\xff\"}"},
	{name: "UTF-16", body: "\xff\xfe{\x00}\x00"},
	{name: "deep arrays", body: `{"x": ` + strings.Repeat("[", deep) + strings.Repeat("]", deep) + "}"},
	{name: "deep objects, cut short", body: strings.Repeat(`{"x":`, deep)},
	{name: "a field twice", body: `{"cpu_load": 50, "memory_usage": 60, "cpu_load": 70}`},
	{name: "NaN", body: `{"cpu_load": NaN, "memory_usage": 60}`},
	{name: "Infinity", body: `{"cpu_load": Infinity, "memory_usage": 60}`},
	{name: "more than a float64", body: `{"cpu_load": 1e999, "memory_usage": 60}`},
	{name: "numbers as strings", body: `{"cpu_load": "50", "memory_usage": "60"}`},
	{name: "other types", body: `{"cpu_load": [50], "memory_usage": {"percent": 60}, "vcpus": true, "auto_converge": 1, "dirty_curve": "1:12"}`},
	{name: "out of bounds", body: `{"cpu_load": 101, "memory_usage": -1, "network_bandwidth": 0, "vcpus": 2.5, "timeout_s": 1e9}`},
	{name: "nothing known", body: "{}"},
	{name: "required, but null", body: `{"cpu_load": null, "memory_usage": 60}`},
	{name: "names in another case", body: `{"CPU_LOAD": 50, "Memory_Usage": 60}`},
	{name: "a contradiction", body: `{"cpu_load": 50, "memory_usage": 60, "memory_mib": 1024, "dirty_rate": 500, "working_set_mib": 10}`},
	{name: "a curve that falls", body: `{"cpu_load": 50, "memory_usage": 60, "dirty_curve": [{"seconds": 1, "mib": 20}, {"seconds": 10, "mib": 10}]}`},
	{name: "faults of all kinds", body: `{"cpu_load": "x", "vcpus": 0, "status": "done", "at": "yesterday", "downtime_ms": -1, "unknown": 1}`},
}

func TestBadBodies(t *testing.T) {
	s := newServer(t)
	all := make([]exchange, len(badBodies))
	for i, e := range badBodies {
		e.method, e.target, e.status = "POST", "/predict", http.StatusUnprocessableEntity
		all[i] = e
	}
	transcript(t, s, "bodies.golden", all)
	if n := testutil.ToFloat64(s.metrics.PredictionFaults.WithLabelValues(metrics.EndpointPredict)); int(n) != len(all) {
		t.Errorf("%g refusals counted, not %d", n, len(all))
	}
}

// The same bodies are no migrations to record either.
func TestBadBodiesAreNotRecorded(t *testing.T) {
	s := newServer(t, remembering(t))
	for _, e := range badBodies {
		if w := do(s, "POST", "/migrations", e.body); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: answered %d %s", e.name, w.Code, w.Body)
		}
	}
	if page := read[recordedPage](t, do(s, "GET", "/migrations", ""), http.StatusOK); len(page.Migrations) != 0 {
		t.Errorf("%d migrations were recorded", len(page.Migrations))
	}
}

func TestBadMediaTypes(t *testing.T) {
	var all []exchange
	for _, media := range []string{
		"text/plain", "application/x-ndjson", "application/xml", "application/json; charset=latin1", "application/json; charset", ";;;",
		"application/x-www-form-urlencoded", strings.Repeat("x", 500) + "/json",
	} {
		all = append(all, exchange{name: httpd.Clip(media), method: "POST", target: "/predict", body: someVM, header: []string{"Content-Type", media}, status: 415})
	}
	all = append(all,
		exchange{name: "a batch as text", method: "POST", target: "/predict/batch", body: "[]", header: []string{"Content-Type", "text/csv"}, status: 415},
		exchange{name: "a migration as a form", method: "POST", target: "/migrations", body: outcome, header: []string{"Content-Type", "multipart/form-data"}, status: 415})
	transcript(t, newServer(t, remembering(t)), "media.golden", all)
}

func TestBadQueries(t *testing.T) {
	var all []exchange
	for _, query := range []string{
		"explain=maybe", "max_downtime_ms=NaN", "max_downtime_ms=Inf", "max_downtime_ms=-Inf", "max_downtime_ms=-1", "max_downtime_ms=0",
		"max_downtime_ms=1e400", "max_downtime_ms=300ms", "max_downtime_ms=2000000001", "explain=x&max_downtime_ms=y",
	} {
		all = append(all, exchange{name: "predict " + query, method: "POST", target: "/predict?" + query, body: someVM, status: 422})
		all = append(all, exchange{name: "batch " + query, method: "POST", target: "/predict/batch?" + query, body: "[]", status: 422})
	}
	for _, query := range []string{"count=0", "count=1001", "count=x", "count=-1", "count=1.5", "count=9223372036854775808", "seed=-1", "seed=18446744073709551616", "seed=x",
		"mode=lab", "scenario=tsunami", "mode=single&scenario=database", "mode=stress&count=38", "mode=continuous&count=61", "mode=replay"} {
		all = append(all, exchange{name: "simulate " + query, method: "GET", target: "/simulate?" + query, status: 422})
	}
	for _, query := range []string{
		"limit=0", "limit=1001", "limit=x", "cursor=abc", "cursor=-1", "cursor=0", "cursor=9223372036854775808", "since=yesterday", "since=2026-01-31",
		"source=mars", "group=a%00b", "group=%ff", "site=a%00b&group=b%00c", "group=" + strings.Repeat("x", 1001), "cursor=" + strings.Repeat("1", 101), "limit=0&source=x&since=y",
	} {
		all = append(all, exchange{name: "list " + httpd.Clip(query), method: "GET", target: "/migrations?" + query, status: 422})
	}
	transcript(t, newServer(t, remembering(t)), "queries.golden", all)
}

func TestBodiesThatAreTooLarge(t *testing.T) {
	s := newServer(t, remembering(t))
	large := bytes.Repeat([]byte(" "), 2<<20)
	for _, target := range []string{"/predict", "/migrations"} {
		wantProblem(t, answered(s, httptest.NewRequest("POST", target, bytes.NewReader(large))), http.StatusRequestEntityTooLarge)
		wantProblem(t, answered(s, chunked("POST", target, bytes.NewReader(large))), http.StatusRequestEntityTooLarge)
		stillAnswers(t, s)
	}
	// One byte decides.
	most := someVM + string(large[:MaxBodyBytes-len(someVM)])
	read[prediction.Prediction](t, do(s, "POST", "/predict", most), http.StatusOK)
	read[prediction.Prediction](t, answered(s, chunked("POST", "/predict", strings.NewReader(most))), http.StatusOK)
	wantProblem(t, do(s, "POST", "/predict", most+" "), http.StatusRequestEntityTooLarge)
	wantProblem(t, answered(s, chunked("POST", "/predict", strings.NewReader(most+" "))), http.StatusRequestEntityTooLarge)

	// A body that says that it is too large is not read.
	for target, length := range map[string]int64{"/predict": MaxBodyBytes + 1, "/migrations": MaxBodyBytes + 1, "/predict/batch": MaxBatchBytes + 1} {
		body := strings.NewReader("[]")
		r := httptest.NewRequest("POST", target, body)
		r.ContentLength = length
		wantProblem(t, answered(s, r), http.StatusRequestEntityTooLarge)
		if body.Len() != 2 {
			t.Errorf("%s: the body was read", target)
		}
	}
	stillAnswers(t, s)
}
