package apiload

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The histograms keep microseconds with three digits.
const (
	longest         = int64(MaxDuration / time.Microsecond)
	histogramDigits = 3
)

// recorder counts what became of the requests.
type recorder struct {
	mu       sync.Mutex
	all      *hdrhistogram.Histogram
	shares   [shares]shareRecord
	late     *hdrhistogram.Histogram // what the client itself was late by
	errors   map[Kind]int
	examples map[Kind]string
	lastSent time.Time
}

// shareRecord is what became of the requests of one share.
type shareRecord struct {
	latencies *hdrhistogram.Histogram
	errors    int
}

func newRecorder() *recorder {
	r := &recorder{all: newHistogram(), late: newHistogram(), errors: map[Kind]int{}, examples: map[Kind]string{}}
	for s := range r.shares {
		r.shares[s].latencies = newHistogram()
	}
	return r
}

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, longest, histogramDigits) }

// result is what became of a request.
type result struct {
	sent  time.Time     // zero: it was not
	late  time.Duration // of the client itself, in sending it
	took  time.Duration // from when it was due
	fault *fault        // nil: it was answered as it should be
}

// record counts a request that is over.
func (r *recorder) record(q *request, o result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	share := &r.shares[q.Share]
	count(r.all, o.took)
	count(share.latencies, o.took)
	if !o.sent.IsZero() {
		count(r.late, o.late)
	}
	if o.sent.After(r.lastSent) {
		r.lastSent = o.sent
	}
	if f := o.fault; f != nil {
		share.errors++
		if r.errors[f.kind]++; r.errors[f.kind] == 1 {
			r.examples[f.kind] = q.Share.String() + " request (" + q.Name + "): " + f.err.Error()
		}
	}
}

// count adds a time to a histogram. It holds every time that a run can take.
func count(h *hdrhistogram.Histogram, d time.Duration) {
	if err := h.RecordValue(min(max(1, d.Microseconds()), longest)); err != nil {
		panic("apiload: " + err.Error())
	}
}

// failed returns the number of errors of all kinds.
func (r *recorder) failed() int {
	n := 0
	for _, count := range r.errors {
		n += count
	}
	return n
}

// progress returns that of a run that began at start.
func (r *recorder) progress(start time.Time) Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Progress{
		Elapsed: time.Since(start), Requests: int(r.all.TotalCount()), Errors: r.failed(),
		P99: time.Duration(r.all.ValueAtQuantile(99)) * time.Microsecond,
	}
}
