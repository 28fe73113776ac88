package accuracy

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"vmmp/pkg/history"
)

// MaxAssessed is how many migrations, the last recorded, a Tracker looks at.
const MaxAssessed = 10_000

// Staleness is how old what a Tracker answers may be when it is asked. It bounds how far the Tracker lags behind what
// other replicas append.
const Staleness = 10 * time.Second

// pageRows is how many whole entries are held at once.
const pageRows = 500

// A Tracker keeps the Accuracy of a history up to date. It is safe for concurrent use: while one caller reads the
// history, the others wait for what it finds, each as long as its context lets it.
type Tracker struct {
	store    history.Store
	business Business
	now      func() time.Time

	changes atomic.Uint64
	latest  atomic.Pointer[snapshot]
	refresh chan struct{} // holds an element while somebody reads the history
}

// snapshot is an Accuracy and what was known when its reading began.
type snapshot struct {
	accuracy Accuracy
	changes  uint64
	at       time.Time
}

// NewTracker returns a Tracker over store that has read nothing yet.
func NewTracker(store history.Store, b Business, now func() time.Time) *Tracker {
	return &Tracker{store: store, business: b, now: now, refresh: make(chan struct{}, 1)}
}

// Changed notes that entries were appended here: the next Accuracy counts them.
func (t *Tracker) Changed() { t.changes.Add(1) }

// Accuracy returns the accuracy of the newest MaxAssessed entries; its Truncated says whether there are older ones. It
// counts all that Changed has told of, and what others appended until Staleness before the call. The error is the
// store's, or that of ctx.
func (t *Tracker) Accuracy(ctx context.Context) (Accuracy, error) {
	return t.current(ctx, t.changes.Load())
}

// Recent returns the accuracy as it was at most Staleness before the call, whatever has changed: for whoever asks
// often, such as gauges that are scraped. Its error is as that of Accuracy.
func (t *Tracker) Recent(ctx context.Context) (Accuracy, error) {
	return t.current(ctx, 0)
}

// current returns what counts at least that many changes, and is not too old for somebody who asks now.
func (t *Tracker) current(ctx context.Context, changes uint64) (Accuracy, error) {
	since := t.now().Add(-Staleness)
	if s := t.fresh(changes, since); s != nil {
		return s.accuracy, nil
	}
	select {
	case t.refresh <- struct{}{}:
		defer func() { <-t.refresh }()
	case <-ctx.Done():
		return Accuracy{}, fmt.Errorf("wait for the assessment of the history: %w", ctx.Err())
	}
	if s := t.fresh(changes, since); s != nil { // whoever refreshed it meanwhile did the work
		return s.accuracy, nil
	}
	s := &snapshot{changes: t.changes.Load(), at: t.now()}
	samples, truncated, err := t.readSamples(ctx)
	if err != nil {
		return Accuracy{}, fmt.Errorf("assess the history: %w", err)
	}
	s.accuracy = assess(samples, s.at, t.business)
	s.accuracy.Truncated = truncated
	t.latest.Store(s)
	return s.accuracy, nil
}

// fresh returns the latest snapshot if it was read after since and counts that many changes, else nil.
func (t *Tracker) fresh(changes uint64, since time.Time) *snapshot {
	if s := t.latest.Load(); s != nil && s.changes >= changes && s.at.After(since) {
		return s
	}
	return nil
}

// readSamples reduces the newest entries to samples and reports whether there are more than MaxAssessed.
func (t *Tracker) readSamples(ctx context.Context) (samples []sample, truncated bool, err error) {
	for e, err := range history.All(ctx, t.store, history.Query{Limit: pageRows}) {
		if err != nil {
			return nil, false, err
		}
		if len(samples) == MaxAssessed {
			return samples, true, nil
		}
		samples = append(samples, newSample(&e))
	}
	return samples, false, nil
}
