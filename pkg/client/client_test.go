package client

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/migration"
)

func asking(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	c, err := New("http://vmmp.example/v1", Options{HTTP: handled(h)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// handled is a client whose requests a handler answers, without a network: inside of a bubble of synctest waiting
// takes no time. A handler that panics breaks the connection.
func handled(h http.HandlerFunc) *http.Client {
	return &http.Client{Transport: roundTrip(func(r *http.Request) (response *http.Response, err error) {
		defer func() {
			if recover() != nil {
				err = errors.New("connection refused")
			}
		}()
		w := httptest.NewRecorder()
		h(w, r)
		return w.Result(), nil
	})}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answers always answers the same.
func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// inTurn answers as each handler does in turn, and counts.
func inTurn(n *int, handlers ...http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := handlers[min(*n, len(handlers)-1)]
		*n++
		h(w, r)
	}
}

// unreachable is a server that is not there.
func unreachable(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// migrated are records of n simulated migrations.
func migrated(n int) []migration.Record {
	all := make([]migration.Record, n)
	for i := range all {
		o := migration.UnknownOutcome()
		o.DowntimeMS, o.Status = float64(i+1), migration.Completed
		all[i] = migration.Record{Features: vm(), Outcome: o, Source: migration.SourcePrecopy, PredictionID: "p1.x"}
	}
	return all
}

func TestNew(t *testing.T) {
	for _, base := range []string{"http://127.0.0.1:8001", "https://host", "http://[::1]:8001/", "https://u:secret@host/a/b"} {
		if _, err := New(base, Options{Token: "secret"}); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
	for _, base := range []string{"", "host:8001", "127.0.0.1:8001", "ftp://secret@host", "http://", "http://:8001", "/v1", "http:host",
		"http://host?token=secret", "http://host?", "http://host#secret", "http://u:sec%ret@host", "http://host:secret", "http://ho st"} {
		if c, err := New(base, Options{}); err == nil || c != nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: error %v", base, err)
		}
	}
	for _, token := range []string{"secret\n", "sec ret", "secret\x00", "sécret"} {
		if _, err := New("http://host", Options{Token: token}); err == nil || strings.Contains(err.Error(), "cret") {
			t.Errorf("token %q: error %v", token, err)
		}
	}
}

// The caller's client goes on to follow redirects.
func TestNewLeavesTheClientAlone(t *testing.T) {
	client := &http.Client{Timeout: time.Minute}
	if c, err := New("http://host", Options{HTTP: client}); err != nil || c.http.Timeout != time.Minute || client.CheckRedirect != nil {
		t.Errorf("error %v, client %+v", err, client)
	}
}

// A redirect is not followed: neither token nor features get to another host, and a POST does not become a GET.
func TestNoRedirectIsFollowed(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the other host was sent %s %s with %v", r.Method, r.URL, r.Header)
	}))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.RedirectHandler(other.URL+"/predict", status))
		defer server.Close()
		c, err := New(server.URL, Options{Token: "t0ken"})
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("POST %s/predict: %d %s: redirects are not followed: give the URL that leads to the server itself, perhaps at %s",
			server.URL, status, http.StatusText(status), other.URL)
		if _, err := c.Predict(t.Context(), vm()); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// vm is a VM of which the required features are known.
func vm() migration.Features {
	var x migration.Features
	x.Set(migration.CPULoad, 75)
	x.Set(migration.MemoryUsage, 68)
	return x
}
