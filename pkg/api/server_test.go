package api

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/metrics"
	"vmmp/pkg/model"
)

// testTimeouts are long enough for any test that does not try them out.
var testTimeouts = Timeouts{
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
		Log: slog.New(slog.DiscardHandler), Timeouts: testTimeouts,
	}
	for _, f := range change {
		f(&o)
	}
	return New(o)
}

// do answers one request in-process.
func do(h http.Handler, method, target, body string, header ...string) *httptest.ResponseRecorder {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, reader)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
