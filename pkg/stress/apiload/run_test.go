package apiload

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// At a rate as many requests are sent as it says, whatever the machine takes for it.
func TestRateIsKept(t *testing.T) {
	url, requests := answering(t, predict)
	for _, rate := range []float64{7, 333, 2000} {
		requests.Store(0)
		r := runs(t, loading(t, url, rate, 300*time.Millisecond))
		if r.ErrorCount() > 0 || requests.Load() != int64(r.Requests) {
			t.Errorf("%g/s: %d requests, %d came; errors %v", rate, r.Requests, requests.Load(), r.Examples)
		}
	}
}

// A closed loop asks again and again, and says what that means.
func TestClosedLoop(t *testing.T) {
	url, requests := answering(t, predict)
	r := runs(t, loading(t, url, 0, 200*time.Millisecond))
	if r.ErrorCount() > 0 || r.Requests < 4 || requests.Load() != int64(r.Requests) {
		t.Errorf("%d requests, %d came; errors %v", r.Requests, requests.Load(), r.Examples)
	}
	if len(r.Warnings) != 1 || !strings.HasPrefix(r.Warnings[0], "closed loop: ") {
		t.Errorf("warnings %q", r.Warnings)
	}
}

// Each way to be wrong is counted under its kind.
func TestKindsOfErrors(t *testing.T) {
	answer := func(status int, text string) func(http.ResponseWriter, *http.Request, int64) {
		return func(w http.ResponseWriter, _ *http.Request, _ int64) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
		}
	}
	for _, c := range []struct {
		name string
		act  func(http.ResponseWriter, *http.Request, int64)
		kind Kind
		told string
	}{
		{"a fault of the server", answer(503, "over\x1b[31mload"), ErrServer, "answered 503: over [31mload"},
		{"not found", answer(404, "what?"), ErrStatus, "answered 404, not 200: what?"},
		{"no content", answer(204, ""), ErrStatus, "answered 204, not 200"},
		{"NaN", answer(200, `{"predicted_downtime":NaN}`), ErrBody, "the answer has no number as predicted_downtime: {"},
		{"infinity elsewhere", answer(200, `{"predicted_downtime":1,"x":Infinity}`), ErrBody, "NaN or Inf"},
		{"a page", answer(200, "<html>"), ErrBody, "the answer is no JSON object: <html>"},
		{"cut off", func(w http.ResponseWriter, _ *http.Request, _ int64) { panic(http.ErrAbortHandler) }, ErrRead, "EOF"},
		{"cut off in the answer", func(w http.ResponseWriter, _ *http.Request, _ int64) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, prediction)
		}, ErrRead, "unexpected EOF"},
	} {
		url, _ := answering(t, c.act)
		r := runs(t, loading(t, url, 200, 100*time.Millisecond))
		if want := map[Kind]int{c.kind: 20}; !reflect.DeepEqual(r.Errors, want) || !strings.Contains(r.Examples[c.kind], c.told) {
			t.Errorf("%s: %v, %v", c.name, r.Errors, r.Examples)
		}
		if r.Throughput != 0 || r.ErrorShare != 1 || !strings.HasPrefix(r.Examples[c.kind], "valid request (") || !strings.HasPrefix(r.Warnings[0], "not one request") {
			t.Errorf("%s: %g/s answered rightly, warnings %q", c.name, r.Throughput, r.Warnings)
		}
	}
}

// What must be refused is an error when it is not, and the other way round.
func TestExpectedStatus(t *testing.T) {
	url, _ := answering(t, predict)
	o := loading(t, url, 1000, 100*time.Millisecond)
	o.Mix = Mix{50, 30, 20}
	r := runs(t, o)
	if want := map[Kind]int{ErrStatus: 20}; !reflect.DeepEqual(r.Errors, want) || r.Shares["invalid"].Errors != 20 || r.Shares["valid"].Requests != 50 {
		t.Errorf("all answered 200: %v, %v", r.Errors, r.Shares)
	}
	url, _ = answering(t, func(w http.ResponseWriter, r *http.Request, _ int64) {
		w.WriteHeader(http.StatusUnprocessableEntity)
	})
	o.Target = loading(t, url, 0, 0).Target
	r = runs(t, o)
	if r.Shares["valid"].Errors != 50 || r.Shares["borderline"].Errors != 30 || r.Shares["invalid"].Errors > 10 {
		t.Errorf("all answered 422: %v", r.Shares)
	}
}

// Requests of one's own are sent in turn, in place of the mix.
func TestOwnRequests(t *testing.T) {
	var paths [2]atomic.Int64
	url, _ := answering(t, func(w http.ResponseWriter, r *http.Request, n int64) {
		if r.URL.Path == "/migrations" && r.Header.Get("Content-Type") == "text/csv" {
			paths[1].Add(1)
			w.WriteHeader(http.StatusCreated)
		} else {
			paths[0].Add(1)
			predict(w, r, n)
		}
	})
	o := loading(t, url, 300, 100*time.Millisecond)
	o.Mix = Mix{}
	o.Requests = []Request{{Body: "{}"}, {Share: Borderline, Path: "/migrations", Media: "text/csv", Accepts: []int{201}}, {Share: Borderline, Path: "/health"}}
	r := runs(t, o)
	if r.ErrorCount() > 0 || paths[0].Load() != 20 || paths[1].Load() != 10 || r.Shares["borderline"].Requests != 20 {
		t.Errorf("%v, failed: %v", r.Shares, r.Examples)
	}
}

// Servers may answer in chunks, announce the answer, and close the connection after
// it: that is no error.
func TestManners(t *testing.T) {
	url, requests := answering(t, func(w http.ResponseWriter, _ *http.Request, n int64) {
		switch n % 3 {
		case 0:
			w.Header().Set("Connection", "close")
		case 1:
			w.WriteHeader(http.StatusEarlyHints)
		}
		_, _ = io.WriteString(w, prediction[:10])
		if n%2 == 0 {
			w.(http.Flusher).Flush() // in chunks
		}
		_, _ = io.WriteString(w, prediction[10:])
	})
	if r := runs(t, loading(t, url, 500, 200*time.Millisecond)); r.ErrorCount() > 0 || requests.Load() != 100 {
		t.Errorf("%d came, failed: %v", requests.Load(), r.Examples)
	}
}

// A server that goes away is an error of each request that it would have had.
func TestServerGone(t *testing.T) {
	for _, rate := range []float64{200, 0} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() { // the first connection finds it there
			conn, err := listener.Accept()
			listener.Close()
			if err == nil {
				conn.Close()
			}
		}()
		o := loading(t, "http://"+listener.Addr().String(), rate, 200*time.Millisecond)
		r := runs(t, o)
		// What the kernel took on before the listener was closed, it cuts off.
		if n := r.Errors[ErrConnect] + r.Errors[ErrRead]; n != r.Requests || r.Errors[ErrConnect] == 0 {
			t.Errorf("rate %g: %d requests, errors %v", rate, r.Requests, r.Errors)
		}
		if rate == 0 && r.Requests > o.Connections*(int(o.Duration/pause)+1) {
			t.Errorf("%d requests in %v: refused as fast as can be", r.Requests, o.Duration)
		}
	}
}

// A server that never answers holds its connections until the requests time out;
// what then was not even sent is counted too.
func TestSilentServer(t *testing.T) {
	release := make(chan struct{})
	url, requests := answering(t, func(http.ResponseWriter, *http.Request, int64) { <-release })
	defer close(release)
	o := loading(t, url, 200, 200*time.Millisecond)
	o.Timeout = 300 * time.Millisecond
	r := runs(t, o)
	// 4 are sent at once, and 4 more when these have timed out: no third time.
	if n := r.Errors[ErrTimeout]; n < 4 || n > 12 || r.Errors[ErrUnsent] != 40-n || requests.Load() > int64(n) {
		t.Errorf("errors %v, %d came", r.Errors, requests.Load())
	}
	if r.Latency.P50 < 250 || r.Latency.Max < 300 {
		t.Errorf("latencies %+v: no request was over before 300 ms had passed", r.Latency)
	}
	if r.RateAchieved > 0.9**r.RateAsked {
		t.Errorf("%g/s sent of %g/s", r.RateAchieved, *r.RateAsked)
	}
	if !strings.Contains(strings.Join(r.Warnings, "\n"), "all 4 connections were waiting for answers") {
		t.Errorf("warnings %q", r.Warnings)
	}
}

// stallFor is how long the server of TestNoCoordinatedOmission answers nothing.
const stallFor = 300 * time.Millisecond

// A stall is charged to every request that was due meanwhile, not only to those
// that were under way: in a closed loop it looks like a few slow answers.
func TestNoCoordinatedOmission(t *testing.T) {
	slow := func(rate float64) int {
		begun := make(chan struct{})
		var until time.Time
		url, _ := answering(t, func(w http.ResponseWriter, r *http.Request, n int64) {
			switch {
			case n == 20:
				until = time.Now().Add(stallFor)
				close(begun)
			case n < 20:
				predict(w, r, n)
				return
			}
			<-begun
			time.Sleep(time.Until(until))
			predict(w, r, n)
		})
		o := loading(t, url, rate, 700*time.Millisecond)
		connections, err := openConnections(t.Context(), &o)
		if err != nil {
			t.Fatal(err)
		}
		l := &loadRun{o: &o, requests: prepare(&o), connections: connections, schedule: newSchedule(&o, time.Now()), recorder: newRecorder()}
		l.run(t.Context())
		n := 0
		for _, bar := range l.recorder.all.Distribution() {
			if bar.From >= stallFor.Microseconds()/3 {
				n += int(bar.Count)
			}
		}
		return n
	}
	open, closed := slow(200), slow(0)
	// 40 requests are due in the first two thirds of the stall.
	if open < 35 || closed > open/2 {
		t.Errorf("slow: %d requests in an open loop, %d in a closed one", open, closed)
	}
}

// An interrupted run reports what was measured, at once.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	url, _ := answering(t, func(w http.ResponseWriter, r *http.Request, n int64) {
		switch {
		case n == 10:
			cancel()
			fallthrough
		case n > 10:
			<-release
		}
		predict(w, r, n)
	})
	defer close(release)
	o := loading(t, url, 100, time.Hour)
	o.Timeout = MaxTimeout
	r, err := Run(ctx, o)
	if !errors.Is(err, context.Canceled) || r == nil {
		t.Fatalf("Run = %v, %v", r, err)
	}
	addsUp(t, &o, r)
	if n := r.Errors[ErrInterrupted]; n < 1 || n > 4 || r.Requests < 10 || r.Requests-r.ErrorCount() > 9 {
		t.Errorf("%d requests, errors %v", r.Requests, r.Errors)
	}
	if r, err := Run(ctx, o); r != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted before it began: %v, %v", r, err)
	}
}

// Whoever watches sees the run go on.
func TestWatch(t *testing.T) {
	url, _ := answering(t, predict)
	o := loading(t, url, 100, 3*watchEvery)
	var seen []Progress
	o.Watch = func(p Progress) { seen = append(seen, p) }
	r := runs(t, o)
	if len(seen) == 0 {
		t.Fatal("nothing was told")
	}
	var before Progress
	for _, p := range seen {
		if p.Elapsed <= before.Elapsed || p.Requests < before.Requests || p.Requests > r.Requests || p.Errors > 0 {
			t.Errorf("%+v after %+v", p, before)
		}
		before = p
	}
}
