package apiload

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Run puts the load on the target and returns what became of it. An error without a report says that o is not possible
// or that nobody answers there; ctx's error comes with the report of what was measured until it ended.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	connections, err := openConnections(ctx, &o)
	if err != nil {
		return nil, err
	}
	l := &loadRun{o: &o, requests: prepare(&o), connections: connections, recorder: newRecorder()}
	l.schedule = newSchedule(&o, time.Now())
	l.run(ctx)
	return l.report(ctx)
}

// openConnections opens the connections of a run. The error says in one line why there is
// not even one; the others are tried again when they are needed.
func openConnections(ctx context.Context, o *Options) ([]*connection, error) {
	connections := make([]*connection, o.Connections)
	for i := range connections {
		connections[i] = newConnection(&o.Target)
	}
	if err := connections[0].open(ctx, o.Timeout); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("reach %s: %w; is the server running there?", o.Target.addr, err)
	}
	var all sync.WaitGroup
	for _, w := range connections[1:] {
		all.Go(func() { _ = w.open(ctx, o.Timeout) })
	}
	all.Wait()
	return connections, nil
}

// loadRun is a run.
type loadRun struct {
	o           *Options
	requests    []*request // sent in turn, again and again
	connections []*connection
	schedule    *schedule
	recorder    *recorder
	cut         time.Time // when ctx ended; zero: it did not
	ended       time.Time
}

// run sends the requests until there are none, or ctx ends.
func (l *loadRun) run(ctx context.Context) {
	var all sync.WaitGroup
	for _, w := range l.connections {
		all.Go(func() {
			defer w.close()
			defer context.AfterFunc(ctx, w.interrupt)()
			for l.step(ctx, w) {
			}
		})
	}
	over := make(chan struct{})
	go func() {
		all.Wait()
		close(over)
	}()
	l.watch(ctx, over)
	l.ended = time.Now()
}

// watchEvery is how often whoever watches is told.
const watchEvery = 200 * time.Millisecond

// watch reports how far the run is until it is over.
func (l *loadRun) watch(ctx context.Context, over <-chan struct{}) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for done := ctx.Done(); ; {
		select {
		case <-tick.C:
			if l.o.Watch != nil {
				l.o.Watch(l.recorder.progress(l.schedule.start))
			}
		case <-done:
			l.cut, done = time.Now(), nil
		case <-over:
			return
		}
	}
}

// pause is what a connection waits in a closed loop when it could not be opened, so
// that a server which is away is not asked as fast as it can be refused.
const pause = 10 * time.Millisecond

// step sends one request over w and waits for its answer. It reports false when there is none left to be sent.
func (l *loadRun) step(ctx context.Context, w *connection) bool {
	free := time.Now()
	open := func(within time.Duration) { _ = w.open(ctx, within) } // or else it is tried again
	i, due, more := l.schedule.next(ctx, open)
	if !more {
		return false
	}
	q := l.requests[i%len(l.requests)]
	sent := time.Now()
	if free.Before(due) {
		free = due
	}
	f := l.exchange(ctx, w, q, sent)
	l.recorder.record(q, result{sent: sent, late: sent.Sub(free), took: time.Since(due), fault: f})
	if f != nil && f.kind == ErrConnect && l.o.Rate == 0 {
		sleepUntil(ctx, time.Now().Add(pause))
	}
	return true
}

// exchange sends a request, and says what was wrong with its answer.
func (l *loadRun) exchange(ctx context.Context, w *connection, q *request, sent time.Time) *fault {
	deadline := sent.Add(l.o.Timeout)
	if end := l.schedule.end(); deadline.After(end) {
		deadline = end
	}
	if err := w.open(ctx, time.Until(deadline)); err != nil {
		if ctx.Err() != nil {
			return &fault{ErrInterrupted, ctx.Err()}
		}
		return &fault{ErrConnect, err}
	}
	a, err := w.exchange(ctx, q, deadline)
	if err != nil {
		return connectionFault(ctx, err)
	}
	return checkAnswer(q, &a)
}

// report counts what was due and not sent, and reports.
func (l *loadRun) report(ctx context.Context) (*Report, error) {
	due := l.schedule.start.Add(l.o.Duration)
	if !l.cut.IsZero() && l.cut.Before(due) {
		due = l.cut.Add(-kernelWait) // what was due later may have been about to be sent
	}
	unsent := &fault{ErrUnsent, errUnsent}
	for i := int(l.schedule.taken.Load()); l.o.Rate > 0 && i < l.o.due(due.Sub(l.schedule.start)); i++ {
		l.recorder.record(l.requests[i%len(l.requests)], result{took: l.ended.Sub(l.schedule.due(i)), fault: unsent})
	}
	r := l.recorder.report(l.o, l.schedule.start, due, l.ended)
	return &r, ctx.Err()
}
