package httpd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"vmmp/pkg/metrics"
)

// testOptions are those of a server whose bounds no test runs into.
func testOptions() Options {
	return Options{
		Metrics: metrics.New(metrics.Build{}), Log: slog.New(slog.DiscardHandler), NotFound: "not here",
		Timeouts: Timeouts{
			Header: time.Minute, Read: time.Minute, Write: time.Minute, Idle: time.Minute, Drain: time.Minute,
		},
	}
}

// wantProblem fails unless the answer is a problem of that status.
func wantProblem(t *testing.T, status int, header http.Header, body io.Reader, wantStatus int) (p Problem) {
	t.Helper()
	if status != wantStatus || header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("answered %d as %s, want %d", status, header.Get("Content-Type"), wantStatus)
	}
	err := json.NewDecoder(body).Decode(&p)
	if err != nil || p.Status != wantStatus || p.Title != http.StatusText(wantStatus) || p.Detail == "" {
		t.Errorf("problem %+v, %v", p, err)
	}
	return p
}

// Once part of an answer is out, a panic cuts the connection, so that the rest is missed.
func TestPanicAfterTheAnswerBegan(t *testing.T) {
	o := testOptions()
	server := httptest.NewServer(chain(o, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/late" {
			_, _ = io.WriteString(w, "half of it")
			_ = http.NewResponseController(w).Flush()
		}
		panic("too late")
	})))
	defer server.Close()
	get := func(path string) (int, http.Header, []byte, error) {
		r, err := server.Client().Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		return r.StatusCode, r.Header, text, err
	}
	if _, _, text, err := get("/late"); !errors.Is(err, io.ErrUnexpectedEOF) || string(text) != "half of it" {
		t.Errorf("%q, %v", text, err)
	}
	status, header, text, err := get("/early")
	if err != nil {
		t.Fatal(err)
	}
	wantProblem(t, status, header, bytes.NewReader(text), http.StatusInternalServerError)
	if n := testutil.ToFloat64(o.Metrics.HTTPPanics); n != 2 {
		t.Errorf("%g panics counted", n)
	}
}

// A handler that means to cut the connection is no fault.
func TestAbortIsNoPanic(t *testing.T) {
	o := testOptions()
	h := chain(o, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	func() {
		defer func() {
			if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
				t.Errorf("recovered %v", err)
			}
		}()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}()
	if n := testutil.ToFloat64(o.Metrics.HTTPPanics); n != 0 {
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

// Any mux is served so: an id, an answer in one form to what it has no pattern for, and each request counted.
func TestNewHandler(t *testing.T) {
	o, mux := testOptions(), http.NewServeMux()
	mux.HandleFunc("GET /here", func(http.ResponseWriter, *http.Request) {})
	h := NewHandler(mux, o)
	for _, e := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/here", 200}, {"HEAD", "/here", 200}, {"POST", "/here", 405}, {"GET", "/there", 404}, {"GET", "/x/../here", 404},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(e.method, e.path, nil))
		if w.Code != e.status || w.Header().Get(RequestIDHeader) == "" {
			t.Errorf("%s %s: answered %d %v", e.method, e.path, w.Code, w.Header())
		}
		if e.status == http.StatusOK {
			continue
		}
		p := wantProblem(t, w.Code, w.Header(), w.Body, e.status)
		want := "this path answers GET, HEAD"
		if e.status == http.StatusNotFound {
			want = "not here"
		}
		if allowed := w.Header().Get("Allow"); p.Detail != want || (allowed == "GET, HEAD") != (e.status == 405) {
			t.Errorf("%s %s: %+v, allowed %q", e.method, e.path, p, allowed)
		}
	}
	if n := testutil.ToFloat64(o.Metrics.HTTPRequests.WithLabelValues("GET", "/here", "200")); n != 2 {
		t.Errorf("%g requests counted", n)
	}
}

// A body is read up to its bound, whether it says how long it is or not.
func TestReadBody(t *testing.T) {
	for length, status := range map[int]int{0: 0, 10: 0, 11: http.StatusRequestEntityTooLarge} {
		for _, told := range []bool{true, false} {
			text := bytes.Repeat([]byte("x"), length)
			r := httptest.NewRequest("POST", "/", bytes.NewReader(text))
			if !told {
				r.ContentLength = -1
			}
			got, err := ReadBody(httptest.NewRecorder(), r, 10)
			var p *Problem
			refused := errors.As(err, &p)
			if refused != (status != 0) || refused && p.GetStatus() != status || !refused && !bytes.Equal(got, text) {
				t.Errorf("%d bytes: %q, %v", length, got, err)
			}
		}
	}
}

// Who waits in vain for a Semaphore is told so, and who comes after somebody left goes on.
func TestSemaphore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, begun := NewSemaphore(1), time.Now()
		if !s.Acquire(t.Context(), time.Second) || s.Acquire(t.Context(), time.Second) || time.Since(begun) != time.Second {
			t.Errorf("after %v: %d hold it", time.Since(begun), len(s))
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if s.Acquire(gone, time.Hour) || time.Since(begun) > time.Minute {
			t.Error("who left holds it, or had to wait")
		}
		go s.Release()
		if !s.Acquire(t.Context(), time.Second) {
			t.Error("nobody may go on")
		}
	})
}

// A listener that fails is the error of Serve.
func TestServeOnABrokenListener(t *testing.T) {
	listener := listen(t)
	listener.Close()
	s := NewServer(http.NotFoundHandler(), testOptions())
	if err := s.Serve(t.Context(), listener); !errors.Is(err, net.ErrClosed) {
		t.Errorf("served with %v", err)
	}
}

// A server without middlewares and metrics has the same life: it answers, and stops when it is told to.
func TestServerOfAPlainHandler(t *testing.T) {
	listener := listen(t)
	o := Options{Log: slog.New(slog.DiscardHandler), Timeouts: Timeouts{Drain: time.Minute}}
	s := NewServer(http.NotFoundHandler(), o)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	r, err := http.Get("http://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusNotFound || s.Stopping() {
		t.Errorf("answered %d, stopping %t", r.StatusCode, s.Stopping())
	}
	http.DefaultClient.CloseIdleConnections()
	cancel()
	if err := <-ended; err != nil || !s.Stopping() {
		t.Errorf("stopped with %v, stopping %t", err, s.Stopping())
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}
