package history

import (
	"context"
	"errors"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// An Entry is one observed migration.
type Entry struct {
	ID         int64     // given by the store; what is recorded later has a larger one
	RecordedAt time.Time // when it was appended, to the microsecond
	migration.Record
	Prediction *PastPrediction // what had been predicted, nil where nothing was
}

// A PastPrediction is what had been predicted of a migration.
type PastPrediction struct {
	Model string `json:"model"` // id of the model
	prediction.Summary

	// Afterwards reports that nobody had asked before the migration: the prediction
	// was made of the recorded features when the outcome came in.
	Afterwards bool `json:"afterwards,omitempty"`
}

// A Batch is what is appended at once, whole or not at all.
type Batch struct {
	Entries []Entry // ID and RecordedAt are the store's to give
	// Key makes the batch idempotent for KeyLifetime; empty: it is not.
	Key string
	// Digest is the same of two batches with the same Key if they are the same batch.
	Digest [32]byte
}

// KeyLifetime is the least time for which an idempotency key is remembered.
const KeyLifetime = 24 * time.Hour

// A Receipt acknowledges a batch.
type Receipt struct {
	IDs      []int64 // of its entries, in their order
	Replayed bool    // the batch had been appended before; IDs are those of then
}

// A Query chooses entries. The zero value of a field chooses all.
type Query struct {
	Limit  int   // entries at most; 0: DefaultLimit
	Before int64 // only IDs below it: where the previous page ended
	Group  string
	Source migration.Source
	Site   string
	Since  time.Time // the migration's own time (At) is not earlier
}

// DefaultLimit is how many entries Read returns at most if Query.Limit does not say.
const DefaultLimit = 100

// PageSize returns how many entries Read returns at most: Limit, or DefaultLimit if
// Limit is not positive.
func (q Query) PageSize() int {
	if q.Limit <= 0 {
		return DefaultLimit
	}
	return q.Limit
}

// Retention is how much of a history is kept. The zero value of a field keeps all.
type Retention struct {
	MaxAge  time.Duration // since RecordedAt
	MaxRows int64         // the newest that are kept
}

// A Store is a history on disk. It is safe for concurrent use, also by several
// processes on one location. Package historytest holds the tests of this contract.
//
// Errors name the location, without its password, and say what to do. They wrap one
// of the errors of this package where one fits, and that of ctx if ctx ended first.
// Read, Prune and Ping may be repeated after any error; Append may be if the batch
// has a key.
type Store interface {
	// Append makes a batch durable and gives its entries ascending IDs. Entries that
	// could not be read back are refused. Repeating a batch that has a Key returns the
	// receipt of the first time; the error is ErrKeyReused if the key stands for
	// another batch. Other errors mean that nothing was appended, save one that ctx or
	// a lost connection to a server caused: then the batch may or may not have been.
	Append(ctx context.Context, b Batch) (Receipt, error)

	// Read returns entries by descending ID. It never waits for writers. The error is
	// ErrDamaged if an entry cannot be read.
	Read(ctx context.Context, q Query) ([]Entry, error)

	// Prune deletes what keep does not keep, and idempotency keys older than
	// KeyLifetime. It returns how many entries it deleted, also with an error.
	Prune(ctx context.Context, keep Retention) (int64, error)

	// Ping returns an error if the store cannot be written to.
	Ping(ctx context.Context) error

	// Close waits for calls under way. Later calls of other methods return ErrClosed;
	// closing again does nothing.
	Close() error
}

// Errors of a request. Repeating it does not help.
var (
	ErrKeyReused = errors.New("idempotency key was used for other migrations")
	ErrClosed    = errors.New("history is closed")
)

// Errors of a history. ErrBusy and ErrFull pass: the request may be repeated.
var (
	ErrLocation = errors.New("not a history")                      // a directory, a foreign file, a URL of no database
	ErrReadOnly = errors.New("history cannot be written to")       // by its permissions or its disk's
	ErrNewer    = errors.New("history is of a newer vmmp")         // its schema is unknown here
	ErrDamaged  = errors.New("history is damaged")                 // its file holds what was never written there
	ErrFull     = errors.New("no space left for the history")      // on its disk
	ErrBusy     = errors.New("history is held by another process") // for longer than a caller should wait
)
