package simulate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vmmp/pkg/migration"
)

// handled is a client whose requests a handler answers, without a network: inside of
// a bubble of synctest waiting takes no time. A handler that panics breaks the
// connection.
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

// inTurn answers as each handler does in turn, and counts.
func inTurn(n *int, handlers ...http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := handlers[min(*n, len(handlers)-1)]
		*n++
		h(w, r)
	}
}

// busy asks to come back.
func busy(status int, after string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if after != "" {
			w.Header().Set("Retry-After", after)
		}
		answers(status, `{"detail": "history is busy"}`)(w, r)
	}
}

// unreachable is a server that is not there.
func unreachable(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func TestRemoteAnswersFaults(t *testing.T) {
	body := `{"status": 422, "detail": "2 faults in what was sent", "errors": [
		{"location": "body.cpu_load", "message": "must be 0 to 100 %", "value": 101}, {"location": "body", "message": "is\nodd"}]}`
	_, err := remote(t, answers(http.StatusUnprocessableEntity, body)).Predict(t.Context(), vm())
	want := migration.Faults{{Location: "cpu_load", Message: "must be 0 to 100 %", Value: 101.0}, {Location: "body", Message: "is odd"}}
	if got := faults(t, err); !reflect.DeepEqual(got, want) {
		t.Errorf("faults %+v, want %+v", got, want)
	}
	if want := "POST http://vmmp.example/v1/predict: " + want.Error(); err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
	err = remote(t, answers(http.StatusUnprocessableEntity, `{"errors": [{"location": "body[1].downtime_ms", "message": "is missing"}]}`)).Report(t.Context(), migrated(2))
	if got := faults(t, err)[0].Location; got != "body[1].downtime_ms" {
		t.Errorf("location %q", got)
	}
}

func TestRemoteRefuses(t *testing.T) {
	long := strings.Repeat("x", 2*mostAnswerBytes)
	for _, test := range []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{"a fault without a place", 422, `{"detail": "so not"}`, "422 Unprocessable Entity: so not"},
		{"a fault of the server", 500, `{"detail": "out of\u0000 memory\n"}`, "500 Internal Server Error: out of  memory"},
		{"a page", 500, "<html>", "500 Internal Server Error"},
		{"errors that are none", 422, `{"errors": 7, "detail": "so not"}`, "422 Unprocessable Entity: so not"},
		{"no token", 401, "", "401 Unauthorized: give a token that the server takes"},
		{"another server", 404, "<html>", "404 Not Found: is this a vmmp serve, and its whole prefix in the URL?"},
		{"no history", 404, noHistory, "404 Not Found: this server keeps no history: start it with --history FILE"},
		{"too much", 200, long, "the answer is larger than 1 MiB"},
		{"too much of an error", 413, `{"detail": "` + long + `"}`, "413 Request Entity Too Large"},
		{"a long reason", 400, `{"detail": "` + long[:5000] + `"}`, "400 Bad Request: " + long[:500] + "..."},
		{"a number without a name", 599, "", "599"},
	} {
		n := 0
		r := remote(t, inTurn(&n, answers(test.status, test.body)))
		_, err := r.Predict(t.Context(), vm())
		if err == nil || err.Error() != "POST http://vmmp.example/v1/predict: "+test.want {
			t.Errorf("%s: error %.200v, want %.200s", test.name, err, test.want)
		}
		if n != 1 {
			t.Errorf("%s: tried %d times", test.name, n)
		}
	}
}

// Neither a token nor the user of a URL gets into a message, whatever goes wrong.
func TestRemoteKeepsSecrets(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"refused": answers(http.StatusForbidden, ""), "no prediction": answers(http.StatusOK, "{}"), "nothing": unreachable,
		"elsewhere": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://secret:secret@b.example/?t=secret", http.StatusFound)
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			r, err := NewRemote("http://secret:secret@vmmp.example", "secret", handled(h))
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.Predict(t.Context(), vm())
			if told := r.Report(t.Context(), migrated(1)); err == nil || told == nil || strings.Contains(err.Error()+told.Error(), "secret") {
				t.Errorf("%s: errors %v, %v", name, err, told)
			}
		})
	}
}

// A redirect is not followed: neither token nor features get to another host, and a
// POST does not become a GET.
func TestRemoteFollowsNoRedirect(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the other host was sent %s %s with %v", r.Method, r.URL, r.Header)
	}))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.RedirectHandler(other.URL+"/predict", status))
		defer server.Close()
		r, err := NewRemote(server.URL, "t0ken", nil)
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("POST %s/predict: %d %s: redirects are not followed: give the URL that leads to the server itself, perhaps at %s",
			server.URL, status, http.StatusText(status), other.URL)
		if _, err := r.Predict(t.Context(), vm()); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func TestRemoteTriesAgain(t *testing.T) {
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
			_, err := remote(t, inTurn(&n, test.handlers...)).Predict(t.Context(), vm())
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
func TestRemoteWaitsForADate(t *testing.T) {
	for in, want := range map[time.Duration]time.Duration{3 * time.Second: 3 * time.Second, -time.Hour: 0} {
		synctest.Test(t, func(t *testing.T) {
			n, begun := 0, time.Now()
			at := begun.Add(in).UTC().Format(http.TimeFormat)
			_, err := remote(t, inTurn(&n, busy(503, at), answers(http.StatusOK, goodPrediction))).Predict(t.Context(), vm())
			if took := time.Since(begun); err != nil || took != want {
				t.Errorf("took %v, want %v; error %v", took, want, err)
			}
		})
	}
}

func TestRemoteEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		n, begun := 0, time.Now()
		_, err := remote(t, inTurn(&n, busy(503, "4"))).Predict(ctx, vm())
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
	r, err := NewRemote(server.URL, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Predict(ctx, vm()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// An answer that breaks off is asked for again.
func TestRemoteOfABrokenConnection(t *testing.T) {
	n := 0
	server := httptest.NewServer(inTurn(&n, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(goodPrediction)))
		answers(http.StatusOK, goodPrediction[:50])(w, r)
	}, answers(http.StatusOK, goodPrediction)))
	defer server.Close()
	r, err := NewRemote(server.URL, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := r.Predict(t.Context(), vm()); err != nil || p.PredictedDowntime != 156.23 || n != 2 {
		t.Errorf("%d tries: %+v, %v", n, p, err)
	}
}

func TestRemoteOfNoServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	r, err := NewRemote("http://u:secret@"+l.Addr().String(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Predict(t.Context(), vm())
	if want := "POST http://" + l.Addr().String() + "/predict: "; err == nil || !strings.HasPrefix(err.Error(), want+"dial tcp") {
		t.Errorf("error %v", err)
	}
}
