package api

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/history"
	"vmmp/pkg/history/sqlite"
	"vmmp/pkg/host"
	"vmmp/pkg/httpd"
	"vmmp/pkg/metrics"
	"vmmp/pkg/model"
)

// testTimeouts are long enough for any test that does not try them out.
var testTimeouts = httpd.Timeouts{
	Header: 10 * time.Second, Read: 10 * time.Second, Write: 10 * time.Second, Idle: 10 * time.Second, Drain: 10 * time.Second,
}

// newServer makes a server with the embedded model, changed by change.
func newServer(t testing.TB, change ...func(*Options)) *Server {
	t.Helper()
	m, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Version: "test", Model: m, LoadModel: model.Default, Metrics: metrics.New(metrics.Build{Version: "test"}),
		Host: host.NewWatcher(readHost, time.Now), Log: slog.New(slog.DiscardHandler), Timeouts: testTimeouts,
	}
	for _, f := range change {
		f(&o)
	}
	return New(o)
}

// readHost measures a machine that is always the same.
func readHost(context.Context, time.Duration) (host.Snapshot, error) {
	return host.Snapshot{
		CPUPercent: 35.5, MemoryPercent: 50, DiskMBps: 12, LinkMbps: 1000, TrafficMbps: math.NaN(),
		MemoryMiB: 4096, ResidentMiB: 2048, CPUs: 4,
	}, nil
}

// remembering gives a server a history in a new file.
func remembering(t testing.TB) func(*Options) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "history.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return func(o *Options) { o.History = store }
}

// keeping gives a server that history.
func keeping(store history.Store) func(*Options) {
	return func(o *Options) { o.History = store }
}

// signing gives a server that key.
func signing(key string) func(*Options) {
	return func(o *Options) { o.Key = []byte(key) }
}

// do answers one request in-process.
func do(h http.Handler, method, target, body string, header ...string) *httptest.ResponseRecorder {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	return answered(h, httptest.NewRequest(method, target, reader), header...)
}

// answered answers one request in-process, with these names and values in its header.
func answered(h http.Handler, r *http.Request, header ...string) *httptest.ResponseRecorder {
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// chunked is a request whose body does not say how long it is.
func chunked(method, target string, body io.Reader) *http.Request {
	r := httptest.NewRequest(method, target, body)
	r.ContentLength = -1
	return r
}

// read takes an answer of that status apart.
func read[T any](t testing.TB, w *httptest.ResponseRecorder, status int) T {
	t.Helper()
	var v T
	if w.Code != status {
		t.Fatalf("answered %d %.500s, want %d", w.Code, w.Body, status)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%.500s: %v", w.Body, err)
	}
	return v
}

// fourFeatures is what the Python demo's client sends.
const fourFeatures = `{"cpu_load": 75.5, "memory_usage": 68.2, "disk_io": 45.8, "network_bandwidth": 850.0}`

// stillAnswers fails unless a good request is answered.
func stillAnswers(t testing.TB, h http.Handler) {
	t.Helper()
	if w := do(h, "POST", "/predict", fourFeatures); w.Code != http.StatusOK {
		t.Errorf("a good request is answered %d %s", w.Code, w.Body)
	}
}

// refused is a problem as a client reads it.
type refused struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Errors []struct {
		Location string `json:"location"`
		Message  string `json:"message"`
		Value    any    `json:"value"`
	} `json:"errors"`
}

// wantProblem fails unless the answer is a problem of that status whose faults lie where they should, and answers it.
func wantProblem(t testing.TB, w *httptest.ResponseRecorder, status int, locations ...string) refused {
	t.Helper()
	p := read[refused](t, w, status)
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("a problem is sent as %q", got)
	}
	if p.Status != status || p.Title != http.StatusText(status) || p.Detail == "" {
		t.Errorf("problem %+v", p)
	}
	var at []string
	for _, e := range p.Errors {
		at = append(at, e.Location)
	}
	if strings.Join(at, " ") != strings.Join(locations, " ") {
		t.Errorf("faults at %q, want %q: %s", at, locations, w.Body)
	}
	return p
}
