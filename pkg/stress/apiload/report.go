package apiload

import (
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Report holds what a run measured.
type Report struct {
	URL             string                 `json:"url"`
	Loop            Loop                   `json:"loop"`
	Connections     int                    `json:"connections"`
	Seed            uint64                 `json:"seed"`
	DurationSeconds float64                `json:"duration_seconds"` // as asked for, or until the last request was over
	Requests        int                    `json:"requests"`         // that were due
	RateAsked       *float64               `json:"rate_asked"`       // per second; nil in a closed loop
	RateAchieved    float64                `json:"rate_achieved"`    // requests sent per second
	Throughput      float64                `json:"throughput"`       // right answers per second
	Latency         Latency                `json:"latency_ms"`       // of all requests
	Late            Lateness               `json:"late_ms"`          // of the client itself, part of the latencies
	Errors          map[Kind]int           `json:"errors"`           // those that occurred
	ErrorShare      float64                `json:"error_share"`      // of all requests
	Examples        map[Kind]string        `json:"error_examples"`   // the first of each kind
	Shares          map[string]ShareReport `json:"shares"`           // those that had any request
	Warnings        []string               `json:"warnings"`         // of what the figures do not mean
}

// ErrorCount returns the number of requests that failed.
func (r *Report) ErrorCount() int {
	n := 0
	for _, count := range r.Errors {
		n += count
	}
	return n
}

// Loop tells when requests are sent.
type Loop string

// The loops.
const (
	Open   Loop = "open"   // when they are due
	Closed Loop = "closed" // when the last one is answered
)

// Latency holds the distribution of latencies in ms: in an open loop from when requests
// were due, in a closed one from when they were sent. Zero without requests.
type Latency struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
	Max  float64 `json:"max"`
	Mean float64 `json:"mean"`
}

// Lateness holds by how many ms the client sent requests later than it could have: they
// were due, and a connection was free.
type Lateness struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

// ShareReport holds what became of one kind of request.
type ShareReport struct {
	Requests int     `json:"requests"`
	Errors   int     `json:"errors"`
	Latency  Latency `json:"latency_ms"`
}

func latencyOf(h *hdrhistogram.Histogram) Latency {
	return Latency{
		P50: quantile(h, 50), P90: quantile(h, 90), P99: quantile(h, 99), P999: quantile(h, 99.9),
		Max: milliseconds(h.Max()), Mean: h.Mean() / 1000,
	}
}

func quantile(h *hdrhistogram.Histogram, percent float64) float64 {
	return milliseconds(h.ValueAtQuantile(percent))
}

func milliseconds(microseconds int64) float64 { return float64(microseconds) / 1000 }

// report returns what was measured of a run that is over: it began at start, requests
// were due until due, and the last was over at end, or was none.
func (r *recorder) report(o *Options, start, due, end time.Time) Report {
	requests, failed := int(r.all.TotalCount()), r.failed()
	sending := max(due.Sub(start), r.lastSent.Sub(start))
	took := max(due.Sub(start), end.Sub(start))
	report := Report{
		URL: o.Target.String(), Loop: Closed, Connections: o.Connections, Seed: o.Seed,
		DurationSeconds: took.Seconds(), Requests: requests,
		RateAchieved: perSecond(requests-r.errors[ErrUnsent], sending),
		Throughput:   perSecond(requests-failed, took),
		Latency:      latencyOf(r.all), Late: Lateness{P50: quantile(r.late, 50), P99: quantile(r.late, 99)},
		Errors: r.errors, Examples: r.examples, ErrorShare: float64(failed) / float64(max(1, requests)),
		Shares: map[string]ShareReport{}, Warnings: []string{},
	}
	if o.Rate > 0 {
		report.Loop, report.RateAsked = Open, &o.Rate
	}
	for s, t := range r.shares {
		if t.latencies.TotalCount() > 0 {
			report.Shares[Share(s).String()] = ShareReport{int(t.latencies.TotalCount()), t.errors, latencyOf(t.latencies)}
		}
	}
	report.warn()
	return report
}

func perSecond(n int, d time.Duration) float64 { return float64(n) / max(d, 1).Seconds() }

// What makes a figure mean something else than it seems to.
const (
	reached   = 0.98 // of the rate asked for
	lateLimit = 10.0 // ms, by which the client itself may be late
	lateNoise = 2.0  // ms, which any machine is late by now and then
)

// warn adds warnings of what the figures do not mean.
func (r *Report) warn() {
	if r.Requests > 0 && r.ErrorShare == 1 {
		r.warnf("not one request was answered as it should be: is this the API of vmmp?")
	}
	if r.Loop == Closed {
		r.warnf("closed loop: a connection waits for its answer before it asks again, so that requests which " +
			"a slow answer kept back are not counted; give a rate for latencies that hold for users")
		return
	}
	short := r.RateAchieved < reached**r.RateAsked
	switch late := r.Late.P99 > lateLimit || r.Late.P99 > max(lateNoise, r.Latency.P99/2); {
	case late:
		r.warnf("this machine itself was late: requests that were due, with a connection free for them, "+
			"were sent %.3g ms later (p99), which is part of the latencies; "+
			"lower the rate, or load from a machine with less to do", r.Late.P99)
	case short:
		r.warnf("%.0f of %.0f requests/s were sent: all %d connections were waiting for answers; "+
			"if more connections do not raise it, the server is the limit, or the machine, where both run on it",
			r.RateAchieved, *r.RateAsked, r.Connections)
	}
}

// warnf adds a warning.
func (r *Report) warnf(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}
