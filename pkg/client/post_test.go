package client

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// busy asks to come back.
func busy(status int, after string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if after != "" {
			w.Header().Set("Retry-After", after)
		}
		answers(status, `{"detail": "history is busy"}`)(w, r)
	}
}

func TestPostTriesAgain(t *testing.T) {
	good := answers(http.StatusOK, goodPrediction)
	for _, test := range []struct {
		name        string
		handlers    []http.HandlerFunc
		tries       int
		least, most time.Duration
		fault       string
	}{
		{"at once", []http.HandlerFunc{good}, 1, 0, 0, ""},
		{"not there at first", []http.HandlerFunc{unreachable, good}, 2, 150 * time.Millisecond, 250 * time.Millisecond, ""},
		{"busy twice", []http.HandlerFunc{busy(503, ""), busy(429, ""), good}, 3, 450 * time.Millisecond, 750 * time.Millisecond, ""},
		{"when it says", []http.HandlerFunc{busy(503, "2"), busy(502, "0"), good}, 3, 2 * time.Second, 2 * time.Second, ""},
		{"what it says is odd", []http.HandlerFunc{busy(504, "-1"), good}, 2, 150 * time.Millisecond, 250 * time.Millisecond, ""},
		{"too late", []http.HandlerFunc{busy(503, "60"), good}, 1, 0, 0, "503 Service Unavailable: history is busy; try again in 1m0s"},
		{"never there", []http.HandlerFunc{unreachable}, 3, 450 * time.Millisecond, 750 * time.Millisecond, "connection refused"},
		{"always busy", []http.HandlerFunc{busy(503, "5")}, 3, 10 * time.Second, 10 * time.Second, "503 Service Unavailable: history is busy"},
	} {
		synctest.Test(t, func(t *testing.T) {
			n, begun := 0, time.Now()
			_, err := asking(t, inTurn(&n, test.handlers...)).Predict(t.Context(), vm())
			if took := time.Since(begun); n != test.tries || took < test.least || took > test.most {
				t.Errorf("%s: %d tries in %v, want %d in %v to %v", test.name, n, took, test.tries, test.least, test.most)
			}
			if test.fault == "" && err != nil || test.fault != "" && (err == nil || err.Error() != "POST http://vmmp.example/v1/predict: "+test.fault) {
				t.Errorf("%s: error %v, want %s", test.name, err, test.fault)
			}
		})
	}
}

// A date is as good as a number of seconds; one that has passed is now.
func TestPostWaitsForADate(t *testing.T) {
	for in, want := range map[time.Duration]time.Duration{3 * time.Second: 3 * time.Second, -time.Hour: 0} {
		synctest.Test(t, func(t *testing.T) {
			n, begun := 0, time.Now()
			at := begun.Add(in).UTC().Format(http.TimeFormat)
			_, err := asking(t, inTurn(&n, busy(503, at), answers(http.StatusOK, goodPrediction))).Predict(t.Context(), vm())
			if took := time.Since(begun); err != nil || took != want {
				t.Errorf("took %v, want %v; error %v", took, want, err)
			}
		})
	}
}

func TestPostEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		n, begun := 0, time.Now()
		_, err := asking(t, inTurn(&n, busy(503, "4"))).Predict(ctx, vm())
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "history is busy") || n != 1 || time.Since(begun) != time.Second {
			t.Errorf("%d tries, error %v after %v", n, err, time.Since(begun))
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then is it seen that the client leaves
		cancel()
		<-r.Context().Done()
	}))
	defer server.Close()
	c, err := New(server.URL, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Predict(ctx, vm()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// An answer that breaks off is asked for again.
func TestPostOfABrokenConnection(t *testing.T) {
	n := 0
	server := httptest.NewServer(inTurn(&n, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(goodPrediction)))
		answers(http.StatusOK, goodPrediction[:50])(w, r)
	}, answers(http.StatusOK, goodPrediction)))
	defer server.Close()
	c, err := New(server.URL, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := c.Predict(t.Context(), vm()); err != nil || p.PredictedDowntime != 156.23 || n != 2 {
		t.Errorf("%d tries: %+v, %v", n, p, err)
	}
}

func TestPostOfNoServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	c, err := New("http://u:secret@"+l.Addr().String(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Predict(t.Context(), vm())
	if want := "POST http://" + l.Addr().String() + "/predict: "; err == nil || !strings.HasPrefix(err.Error(), want+"dial tcp") {
		t.Errorf("error %v", err)
	}
}
