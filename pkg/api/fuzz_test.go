package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"vmmp/pkg/history/stores"
	"vmmp/pkg/httpd"
)

// FuzzRequests: whatever a client sends is its own fault and never the server's, and what is said to be JSON is JSON,
// of numbers that are numbers.
func FuzzRequests(f *testing.F) {
	for _, e := range []struct{ method, target, media, body string }{
		{"GET", "/", "", ""},
		{"GET", "/health", "", ""},
		{"GET", "/simulate?count=3&seed=1", "", ""},
		{"GET", "/simulate?count=-1&seed=x", "", ""},
		{"GET", "/migrations?limit=2&cursor=3&group=a&source=api&since=2026-01-31T12:00:00Z", "", ""},
		{"GET", "/accuracy", "", ""},
		{"GET", "/docs/../openapi.json", "", ""},
		{"GET", "/docs/swagger-ui.css", "", ""},
		{"OPTIONS", "*", "", ""},
		{"CONNECT", "example:443", "", ""},
		{"PRI", "*", "", ""},
		{"POST", "/predict?explain=true&max_downtime_ms=Inf", "application/json", fourFeatures},
		{"POST", "/predict?max_downtime_ms=1e-300", "application/json;charset=utf-8", someVM},
		{"POST", "/predict", "application/json", `{"cpu_load": 1e999}`},
		{"POST", "/predict", "text/plain; charset", "x"},
		{"POST", "/predict/batch", "application/json", "[" + someVM + ", 7, {]"},
		{"POST", "/predict/batch?explain=1", "application/x-ndjson", someVM + "\n\n{}\n\xff"},
		{"POST", "/migrations", "application/json", outcome},
		{"POST", "/migrations", "", "[" + outcome + `, {"cpu_load": 5, "status": "failed", "at": "9999-12-31T23:59:59Z"}]`},
		{"POST", "/migrations", "", `{"cpu_load": 5, "downtime_ms": 1e308, "total_time_ms": 1e-320, "dirty_curve": [{"seconds": 1, "mib": 2}]}`},
		{"POST", "/migrations", "", `{"prediction_id": "p1.eyJtIjoiIn0", "downtime_ms": 5}`},
		{"POST", "/model/reload", "", ""},
		{"DELETE", "//", "", ""},
	} {
		f.Add(e.method, e.target, e.media, []byte(e.body))
	}
	store, err := stores.Open(context.Background(), filepath.Join(f.TempDir(), "history.db"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := store.Close(); err != nil {
			f.Error(err)
		}
	})
	s := newServer(f, keeping(store))
	f.Fuzz(func(t *testing.T, method, target, media string, body []byte) {
		if bytes.Count(body, []byte("\n")) > 100 || len(body) > 10_000 {
			return // a batch of many rows tells no more than one of a few, and takes long
		}
		text := method + " " + target + " HTTP/1.1\r\nHost: vmmp\r\nContent-Type: " + media + "\r\n\r\n"
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
		if err != nil {
			return // net/http answers this one
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		checkAnswer(t, w)
	})
}

// checkAnswer fails unless the answer is one that any client may get.
func checkAnswer(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code >= 500 || w.Code < 200 {
		t.Errorf("answered %d %.300s", w.Code, w.Body)
	}
	if w.Header().Get(httpd.RequestIDHeader) == "" {
		t.Error("an answer without an id")
	}
	media := w.Header().Get("Content-Type")
	if w.Code >= 400 && media != "application/problem+json" && !strings.HasPrefix(media, "text/plain") {
		t.Errorf("%d is answered as %q", w.Code, media)
	}
	switch media {
	case mediaJSON, mediaNDJSON, "application/problem+json":
		decoder := json.NewDecoder(w.Body)
		for {
			var v any
			if err := decoder.Decode(&v); err == io.EOF {
				return
			} else if err != nil { // NaN and infinities are no JSON
				t.Fatalf("%d as %s: %v", w.Code, media, err)
			}
			if media != mediaNDJSON && decoder.More() {
				t.Fatalf("%d: more than one value of JSON", w.Code)
			}
		}
	}
}
