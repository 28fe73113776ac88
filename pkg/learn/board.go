package learn

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"vmmp/pkg/history"
)

// MaxAssessed is how many migrations, the last recorded, a Board looks at.
const MaxAssessed = 10_000

// Staleness is how old what a Board answers may be when it is asked. It bounds how
// far the Board lags behind what other replicas append.
const Staleness = 10 * time.Second

// pageRows is how many whole entries are held at once.
const pageRows = 500

// Board is a rolling Accuracy over a history. It is safe for concurrent use: while
// one caller reads the history, the others wait for what it finds, each as long
// as its context lets it.
type Board struct {
	store    history.Store
	business Business
	now      func() time.Time

	changes atomic.Uint64
	kept    atomic.Pointer[view]
	turn    chan struct{} // holds an element while somebody reads the history
}

// view is an Accuracy and what was known when its reading began.
type view struct {
	accuracy Accuracy
	changes  uint64
	at       time.Time
}

// NewBoard is a board over store that has read nothing yet.
func NewBoard(store history.Store, b Business, now func() time.Time) *Board {
	return &Board{store: store, business: b, now: now, turn: make(chan struct{}, 1)}
}

// Changed says that entries were appended here: the next Accuracy counts them.
func (b *Board) Changed() { b.changes.Add(1) }

// Accuracy is that of the newest MaxAssessed entries; Truncated says whether there
// are older ones. It counts all that Changed has told of, and what others
// appended until Staleness before the call. The error is the store's, or that of ctx.
func (b *Board) Accuracy(ctx context.Context) (Accuracy, error) {
	return b.look(ctx, b.changes.Load())
}

// Recent is Accuracy as it was at most Staleness before the call, whatever has changed: for
// whoever asks often, such as gauges that are scraped.
func (b *Board) Recent(ctx context.Context) (Accuracy, error) {
	return b.look(ctx, 0)
}

// look answers what counts at least that many changes, and is not too old for
// somebody who asks now.
func (b *Board) look(ctx context.Context, changes uint64) (Accuracy, error) {
	since := b.now().Add(-Staleness)
	if v := b.fresh(changes, since); v != nil {
		return v.accuracy, nil
	}
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return Accuracy{}, fmt.Errorf("wait for the assessment of the history: %w", ctx.Err())
	}
	if v := b.fresh(changes, since); v != nil { // whoever had the turn before did the work
		return v.accuracy, nil
	}
	v := &view{changes: b.changes.Load(), at: b.now()}
	samples, truncated, err := b.read(ctx)
	if err != nil {
		return Accuracy{}, fmt.Errorf("assess the history: %w", err)
	}
	v.accuracy = assess(samples, v.at, b.business)
	v.accuracy.Truncated = truncated
	b.kept.Store(v)
	return v.accuracy, nil
}

// fresh is what is kept, if it was read after since and counts that many changes.
func (b *Board) fresh(changes uint64, since time.Time) *view {
	if v := b.kept.Load(); v != nil && v.changes >= changes && v.at.After(since) {
		return v
	}
	return nil
}

// read reduces the newest entries to samples and says whether there are more than
// MaxAssessed.
func (b *Board) read(ctx context.Context) (samples []sample, truncated bool, err error) {
	for e, err := range history.All(ctx, b.store, history.Query{Limit: pageRows}) {
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
