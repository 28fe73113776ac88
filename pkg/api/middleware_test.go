package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"vmmp/pkg/history"
	"vmmp/pkg/httpd"
	"vmmp/pkg/model"
)

// logging gives a server a log of JSON lines.
func logging(to io.Writer) func(*Options) {
	return func(o *Options) {
		o.Log = slog.New(slog.NewJSONHandler(to, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
}

// logged takes the lines of a log apart.
func logged(t testing.TB, log *bytes.Buffer) []map[string]any {
	t.Helper()
	var all []map[string]any
	for decoder := json.NewDecoder(bytes.NewReader(log.Bytes())); decoder.More(); {
		var line map[string]any
		if err := decoder.Decode(&line); err != nil {
			t.Fatalf("%v in %s", err, log)
		}
		all = append(all, line)
	}
	return all
}

// A request keeps the id that its client gave it, if that is one word, and gets one if not; what is answered, and
// logged, is the same.
func TestRequestIDs(t *testing.T) {
	var log bytes.Buffer
	s := newServer(t, logging(&log))
	longest := strings.Repeat("x", httpd.MaxRequestIDBytes)
	seen := map[string]bool{}
	for _, given := range []string{"", "abc-123", "550e8400-e29b-41d4-a716-446655440000", longest, longest + "x", "two words", `"quoted"`, `back\slash`, "tab\t", "new\nline", "ünï", " padded "} {
		log.Reset()
		w := do(s, "GET", "/health", "", httpd.RequestIDHeader, given)
		got := w.Header().Get(httpd.RequestIDHeader)
		kept := given == "abc-123" || given == "550e8400-e29b-41d4-a716-446655440000" || given == longest
		if kept != (got == given) || len(got) < 8 && !kept || seen[got] {
			t.Errorf("%q is answered as %q", given, got)
		}
		seen[got] = true
		if lines := logged(t, &log); len(lines) != 1 || lines[0]["id"] != got {
			t.Errorf("%q is logged as %s", got, &log)
		}
	}
}

func TestRequestsAreLogged(t *testing.T) {
	var log bytes.Buffer
	s := newServer(t, logging(&log), keeping(faulty{append: history.ErrFull}))
	for _, e := range []exchange{
		{method: "POST", target: "/predict?explain=true", body: someVM, status: 200},
		{method: "GET", target: "/nowhere/" + strings.Repeat("x", 1000), status: 404},
		{method: "POST", target: "/migrations", body: outcome, status: 503},
		{method: "POST", target: "/predict/batch", body: "[" + someVM + "]", status: 200},
	} {
		log.Reset()
		w := do(s, e.method, e.target, e.body)
		lines := logged(t, &log)
		if e.status == http.StatusServiceUnavailable { // its cause has a line of its own
			if cause := lines[0]; cause["msg"] != "history failed" || cause["error"] != history.ErrFull.Error() {
				t.Errorf("the cause is logged as %v", cause)
			}
			lines = lines[1:]
		}
		if len(lines) != 1 {
			t.Fatalf("%d lines: %s", len(lines), &log)
		}
		line := lines[0]
		path, _, _ := strings.Cut(e.target, "?")
		level := map[bool]string{false: "INFO", true: "ERROR"}[e.status >= 500]
		for field, want := range map[string]any{
			"msg": "request", "level": level, "method": e.method, "path": httpd.Clip(path), "status": float64(e.status), "bytes": float64(w.Body.Len()), "from": "192.0.2.1:1234",
		} {
			if line[field] != want {
				t.Errorf("%s %s: %s is %v, want %v", e.method, path, field, line[field], want)
			}
		}
		if took, ok := line["took_ms"].(float64); !ok || took < 0 {
			t.Errorf("took %v", line["took_ms"])
		}
	}
}

// Neither the key of predictions nor the password of a history gets out, by the log or by an answer.
func TestSecretsStaySecret(t *testing.T) {
	const key, password = "the-key-of-predictions", "the-password"
	location := history.Redact("postgres://vmmp:" + password + "@db.example/vmmp")
	var out bytes.Buffer
	down := fmt.Errorf("%s: %w", location, history.ErrBusy)
	s := newServer(t, logging(&out), signing(key), keeping(faulty{append: down, read: down, ping: down}), func(o *Options) {
		o.LoadModel = func() (*model.Model, error) { return nil, errors.New("read model: it is damaged") }
	})
	for _, e := range listedEndpoints(t, s) {
		w := do(s, e.Method, e.Path, someVM)
		out.Write(w.Body.Bytes())
		w = do(s, e.Method, e.Path, outcome)
		out.Write(w.Body.Bytes())
	}
	for _, secret := range []string{key, password} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%s got out: %s", secret, &out)
		}
	}
	if !strings.Contains(out.String(), "db.example") {
		t.Error("what failed is not named")
	}
}

// A panic is answered with 500, counted and logged with the place it came from; the next request is answered as if
// nothing had been.
func TestPanic(t *testing.T) {
	var log bytes.Buffer
	s := newServer(t, logging(&log), func(o *Options) {
		o.LoadModel = func() (*model.Model, error) { panic("a loader that fails") }
	})
	w := do(s, "POST", "/model/reload", "")
	wantProblem(t, w, http.StatusInternalServerError)
	if n := testutil.ToFloat64(s.metrics.HTTPPanics); n != 1 {
		t.Errorf("%g panics counted", n)
	}
	if strings.Contains(w.Body.String(), "a loader that fails") || strings.Contains(w.Body.String(), ".go") {
		t.Errorf("the answer tells of the inside: %s", w.Body)
	}
	lines := logged(t, &log)
	if len(lines) != 2 || lines[0]["msg"] != "panic" || lines[0]["id"] != w.Header().Get(httpd.RequestIDHeader) || lines[0]["reason"] != "a loader that fails" ||
		!strings.Contains(fmt.Sprint(lines[0]["stack"]), "middleware_test.go") || lines[1]["status"] != 500.0 {
		t.Errorf("logged %s", &log)
	}
	if n := testutil.ToFloat64(s.metrics.HTTPRequests.WithLabelValues("POST", "/model/reload", "500")); n != 1 {
		t.Errorf("%g failed requests counted", n)
	}
	stillAnswers(t, s)
}
