package table

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"vmmp/pkg/history"
)

// A Base is the part of a store that is the same for every database. A store embeds
// it and sets its fields when it is opened.
type Base struct {
	Location string
	DB       *sql.DB // that entries are read from
	Now      func() time.Time
	// Mark replaces the question marks of a query by the database's own.
	Mark func(query string) string
	// Exec runs a statement in a transaction of its own and returns how many rows it
	// changed.
	Exec func(ctx context.Context, query string, args ...any) (int64, error)
	// Explain tells which fault of a history an error of the database stands for.
	Explain func(error) Flaw
	// Lock is the end of the query for rows to be deleted that keeps two pruners from
	// the same rows.
	Lock string

	mu     sync.Mutex
	closed bool
	calls  sync.WaitGroup // under way
}

// Fault returns an error of the database as one of this history.
func (b *Base) Fault(ctx context.Context, err error) error {
	return Fault(ctx, b.Location, err, b.Explain)
}

// Enter begins a call that Leave must end. It returns ErrClosed after End.
func (b *Base) Enter() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return Located(b.Location, history.ErrClosed)
	}
	b.calls.Add(1)
	return nil
}

// Leave ends a call that Enter began.
func (b *Base) Leave() { b.calls.Done() }

// End refuses further calls, waits for those under way and reports whether it is the
// first to do so.
func (b *Base) End() bool {
	b.mu.Lock()
	first := !b.closed
	b.closed = true
	b.mu.Unlock()
	b.calls.Wait()
	return first
}
