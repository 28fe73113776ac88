package apiload

import (
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// prediction is an answer that is right for what is valid.
const prediction = `{"predicted_downtime":156.23,"confidence":0.87,"status":"success"}`

// answering is a server that does what act does with each request, counted from 1.
func answering(t testing.TB, act func(w http.ResponseWriter, r *http.Request, number int64)) (string, *atomic.Int64) {
	t.Helper()
	var requests atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := requests.Add(1)
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		act(w, r, n)
	}))
	t.Cleanup(s.Close)
	return s.URL, &requests
}

// predict answers as an API does that never looks at what it is asked.
func predict(w http.ResponseWriter, _ *http.Request, _ int64) { _, _ = io.WriteString(w, prediction) }

// loading is a run of valid requests on a server.
func loading(t testing.TB, url string, rate float64, d time.Duration) Options {
	t.Helper()
	target, err := NewTarget(url, "")
	if err != nil {
		t.Fatal(err)
	}
	return Options{Target: target, Connections: 4, Rate: rate, Duration: d, Timeout: 30 * time.Second, Mix: Mix{100, 0, 0}, Seed: 1}
}

// runs makes a run and checks that its figures add up.
func runs(t testing.TB, o Options) *Report {
	t.Helper()
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	addsUp(t, &o, r)
	if want := o.due(o.Duration); o.Rate > 0 && r.Requests != want {
		t.Errorf("%d requests are accounted for, %d were due", r.Requests, want)
	}
	return r
}

// addsUp checks what holds of every report.
func addsUp(t testing.TB, o *Options, r *Report) {
	t.Helper()
	requests, failed := 0, 0
	for _, share := range r.Shares {
		requests += share.Requests
		failed += share.Errors
	}
	if requests != r.Requests || failed != r.ErrorCount() {
		t.Errorf("%d requests and %d errors, of the shares %d and %d", r.Requests, r.ErrorCount(), requests, failed)
	}
	l := r.Latency
	if l.P50 > l.P90 || l.P90 > l.P99 || l.P99 > l.P999 || l.P999 > l.Max || l.Mean > l.Max || r.Late.P50 > r.Late.P99 {
		t.Errorf("latencies out of order: %+v, %+v", l, r.Late)
	}
	if len(r.Examples) != len(r.Errors) {
		t.Errorf("examples %v of the errors %v", r.Examples, r.Errors)
	}
	if (r.RateAsked == nil) != (o.Rate == 0) || (r.Loop == Closed) != (o.Rate == 0) || r.Throughput > r.RateAchieved+1e-9 {
		t.Errorf("%s loop, %g/s of %v, %g/s answered", r.Loop, r.RateAchieved, r.RateAsked, r.Throughput)
	}
}

// An encrypted server is asked like any other, if its certificate is known.
func TestEncrypted(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { predict(w, r, 0) }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	o := loading(t, s.URL, 100, 100*time.Millisecond)
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("an unknown certificate: %v", err)
	}
	o.Target.tls.RootCAs = x509.NewCertPool()
	o.Target.tls.RootCAs.AddCert(s.Certificate())
	if r := runs(t, o); r.ErrorCount() > 0 {
		t.Errorf("failed: %v", r.Examples)
	}
}

func TestNobodyThere(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	r, err := Run(t.Context(), loading(t, "http://"+listener.Addr().String(), 100, time.Hour))
	if r != nil || err == nil || !strings.HasPrefix(err.Error(), "reach "+listener.Addr().String()+": ") {
		t.Errorf("Run = %v, %v", r, err)
	}
}
