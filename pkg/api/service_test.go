package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"vmmp/pkg/history"
)

func TestService(t *testing.T) {
	transcript(t, newServer(t, remembering(t)), "service.golden", []exchange{
		{name: "what this service is", method: "GET", target: "/", status: 200},
		{name: "whether the process is alive", method: "GET", target: "/health", status: 200},
		{name: "whether requests are welcome", method: "GET", target: "/ready", status: 200},
	})
}

// faulty is a history whose methods fail as they are told.
type faulty struct {
	history.Store
	append, read, ping error
}

func (f faulty) Append(context.Context, history.Batch) (history.Receipt, error) {
	return history.Receipt{}, f.append
}
func (f faulty) Read(context.Context, history.Query) ([]history.Entry, error) { return nil, f.read }
func (f faulty) Ping(context.Context) error                                   { return f.ping }

func TestReadyNamesWhatIsWrong(t *testing.T) {
	s := newServer(t, keeping(faulty{ping: history.ErrReadOnly}))
	got := read[readiness](t, do(s, "GET", "/ready", ""), http.StatusServiceUnavailable)
	if want := (readiness{false, "history cannot be written to; the server's log says more"}); got != want {
		t.Errorf("answered %+v, want %+v", got, want)
	}
	if w := do(s, "GET", "/health", ""); w.Code != http.StatusOK {
		t.Errorf("a process that is alive says %d", w.Code)
	}
	stillAnswers(t, s)
}

// errOther is a fault that no client could do anything about.
var errOther = errors.New("anything else")

// A history that fails takes nothing away from predictions.
func TestHistoryThatFails(t *testing.T) {
	for _, fault := range []error{history.ErrFull, history.ErrDamaged, history.ErrBusy, history.ErrReadOnly, history.ErrClosed, errOther} {
		s := newServer(t, keeping(faulty{append: fault, read: fault, ping: fault}))
		for _, e := range []exchange{
			{method: "POST", target: "/migrations", body: `{"cpu_load": 50, "downtime_ms": 120}`},
			{method: "GET", target: "/migrations"},
			{method: "GET", target: "/accuracy"},
		} {
			w := do(s, e.method, e.target, e.body)
			p := wantProblem(t, w, http.StatusServiceUnavailable)
			if w.Header().Get("Retry-After") == "" || strings.Contains(p.Detail, fault.Error()) == errors.Is(fault, errOther) {
				t.Errorf("%s %s with %q: %v %s", e.method, e.target, fault, w.Header(), w.Body)
			}
			stillAnswers(t, s)
		}
		if w := do(s, "GET", "/ready", ""); w.Code != http.StatusServiceUnavailable {
			t.Errorf("ready with %q: %d", fault, w.Code)
		}
		if w := do(s, "GET", "/metrics", ""); w.Code != http.StatusOK {
			t.Errorf("metrics with %q: %d", fault, w.Code)
		}
	}
}

func TestNoHistory(t *testing.T) {
	s := newServer(t)
	for _, e := range []exchange{
		{method: "POST", target: "/migrations", body: `{"cpu_load": 50, "downtime_ms": 120}`},
		{method: "GET", target: "/migrations"},
		{method: "GET", target: "/accuracy"},
	} {
		p := wantProblem(t, do(s, e.method, e.target, e.body), http.StatusNotFound)
		if !strings.Contains(p.Detail, "--history") {
			t.Errorf("%s %s: %q names no remedy", e.method, e.target, p.Detail)
		}
	}
	if w := do(s, "GET", "/ready", ""); w.Code != http.StatusOK {
		t.Errorf("ready without a history: %d", w.Code)
	}
	if w := do(s, "GET", "/metrics", ""); w.Code != http.StatusOK {
		t.Errorf("metrics without a history: %d", w.Code)
	}
}

// listedEndpoints is what GET / says that can be asked.
func listedEndpoints(t testing.TB, h http.Handler) []endpoint {
	t.Helper()
	return read[serviceInfo](t, do(h, "GET", "/", ""), http.StatusOK).Endpoints
}

func TestEveryPromisedRouteIsThere(t *testing.T) {
	var got []string
	for _, e := range listedEndpoints(t, newServer(t)) {
		got = append(got, e.Method+" "+e.Path)
	}
	for _, want := range []string{
		"GET /", "GET /health", "GET /ready", "POST /predict", "POST /predict/batch", "GET /simulate", "GET /metrics", "GET /docs",
		"GET /openapi.json", "GET /model", "POST /model/reload", "POST /migrations", "GET /migrations", "GET /accuracy",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no %s among %q", want, got)
		}
	}
}

// The documentation works without the internet: what it loads, it serves.
func TestDocumentationWorksOffline(t *testing.T) {
	s := newServer(t)
	page := do(s, "GET", "/docs", "")
	if page.Code != http.StatusOK || !strings.HasPrefix(page.Header().Get("Content-Type"), "text/html") {
		t.Fatalf("answered %d %v", page.Code, page.Header())
	}
	text := page.Body.String()
	loaded := 0
	for _, attribute := range []string{`src="`, `href="`} {
		for _, rest := range strings.Split(text, attribute)[1:] {
			path, _, _ := strings.Cut(rest, `"`)
			if w := do(s, "GET", path, ""); !strings.HasPrefix(path, "/docs/") || w.Code != http.StatusOK || w.Body.Len() == 0 {
				t.Errorf("%s: %d", path, w.Code)
			}
			loaded++
		}
	}
	if loaded < 3 || !strings.Contains(text, "/openapi.json") {
		t.Errorf("the page loads %d parts: %s", loaded, text)
	}
}
