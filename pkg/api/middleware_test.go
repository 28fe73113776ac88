package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"vmmp/pkg/history"
	"vmmp/pkg/metrics"
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
			if reason := recover(); reason != http.ErrAbortHandler {
				t.Errorf("recovered %v", reason)
			}
		}()
		do(h, "GET", "/", "")
	}()
	if n := testutil.ToFloat64(s.metrics.HTTPPanics); n != 0 {
		t.Errorf("%g panics counted", n)
	}
}

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

// Requests are counted by route; what is not served shares one series, whatever a
// client makes up.
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
	read[model.Prediction](t, do(s, "POST", "/predict", fourFeatures), http.StatusOK)
	askBatch(t, s, mediaJSON, "["+someVM+","+someVM+",7]")
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
