package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"vmmp/pkg/history"
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

// A request keeps the id that its client gave it, if that is one word, and gets one
// if not; what is answered, and logged, is the same.
func TestRequestIDs(t *testing.T) {
	var log bytes.Buffer
	s := newServer(t, logging(&log))
	longest := strings.Repeat("x", longestRequestID)
	seen := map[string]bool{}
	for _, given := range []string{"", "abc-123", "550e8400-e29b-41d4-a716-446655440000", longest, longest + "x", "two words", `"quoted"`, `back\slash`, "tab\t", "new\nline", "ünï", " padded "} {
		log.Reset()
		w := do(s, "GET", "/health", "", requestIDHeader, given)
		got := w.Header().Get(requestIDHeader)
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
			"msg": "request", "level": level, "method": e.method, "path": clip(path), "status": float64(e.status), "bytes": float64(w.Body.Len()), "from": "192.0.2.1:1234",
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

// Neither the key of predictions nor the password of a history gets out, by the
// log or by an answer.
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

// A panic is answered with 500, counted and logged with the place it came from;
// the next request is answered as if nothing had been.
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
	if len(lines) != 2 || lines[0]["msg"] != "panic" || lines[0]["id"] != w.Header().Get(requestIDHeader) || lines[0]["reason"] != "a loader that fails" ||
		!strings.Contains(fmt.Sprint(lines[0]["stack"]), "middleware_test.go") || lines[1]["status"] != 500.0 {
		t.Errorf("logged %s", &log)
	}
	if n := testutil.ToFloat64(s.metrics.HTTPRequests.WithLabelValues("POST", "/model/reload", "500")); n != 1 {
		t.Errorf("%g failed requests counted", n)
	}
	stillAnswers(t, s)
}

// Once part of an answer is out, a panic cuts the connection, so that the rest is
// missed.
func TestPanicAfterTheAnswerBegan(t *testing.T) {
	s := newServer(t)
	s.handler = identify(s.observe(s.rescue(s.pace(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/late" {
			_, _ = io.WriteString(w, "half of it")
			_ = http.NewResponseController(w).Flush()
		}
		panic("too late")
	})))))
	address := listen(t, s)
	late := connect(t, address)
	late.send(head("GET", "/late", ""))
	response, err := http.ReadResponse(late.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, err := io.ReadAll(response.Body); !errors.Is(err, io.ErrUnexpectedEOF) || string(text) != "half of it" {
		t.Errorf("%q, %v", text, err)
	}
	v := connect(t, address)
	v.send(head("GET", "/early", ""))
	wantProblem(t, v.answer(), http.StatusInternalServerError)
	if n := testutil.ToFloat64(s.metrics.HTTPPanics); n != 2 {
		t.Errorf("%g panics counted", n)
	}
}

// A handler that means to cut the connection is no fault.
func TestAbortIsNoPanic(t *testing.T) {
	s := newServer(t)
	h := identify(s.observe(s.rescue(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))))
	func() {
		defer func() {
			if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
				t.Errorf("recovered %v", err)
			}
		}()
		do(h, "GET", "/", "")
	}()
	if n := testutil.ToFloat64(s.metrics.HTTPPanics); n != 0 {
		t.Errorf("%g panics counted", n)
	}
}

// The status is that of the first header, and an informational one is none.
func TestObservedWriter(t *testing.T) {
	o := &observedWriter{ResponseWriter: httptest.NewRecorder()}
	o.WriteHeader(http.StatusContinue)
	if o.status != 0 {
		t.Errorf("status %d after 100", o.status)
	}
	o.WriteHeader(http.StatusTeapot)
	o.WriteHeader(http.StatusOK)
	if o.status != http.StatusTeapot {
		t.Errorf("status %d after 418", o.status)
	}
	o = &observedWriter{ResponseWriter: httptest.NewRecorder()}
	n, err := o.Write([]byte("tea"))
	if o.status != http.StatusOK || o.bytes != 3 || n != 3 || err != nil {
		t.Errorf("status %d, %d bytes, %v", o.status, o.bytes, err)
	}
}
