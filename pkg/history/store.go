package history

import (
	"context"
	"errors"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// Entry is one observed migration.
type Entry struct {
	ID         int64     // given by the store; what is recorded later has a larger one
	RecordedAt time.Time // when it was appended, to the microsecond
	migration.Record
	Prediction *PastPrediction // what had been predicted, nil where nothing was
}

// PastPrediction is what had been predicted of a migration.
type PastPrediction struct {
	Model string `json:"model"` // id of the model
	prediction.Summary

	// Afterwards says that nobody had asked before the migration: the prediction
	// was made of the recorded features when the outcome came in.
	Afterwards bool `json:"afterwards,omitempty"`
}

// Batch is what is appended at once, whole or not at all.
type Batch struct {
	Entries []Entry // ID and RecordedAt are the store's to give
	// Key makes the batch idempotent for KeyLifetime; empty: it is not.
	Key string
	// Digest tells whether a batch of the same Key is the same batch.
	Digest [32]byte
}

// KeyLifetime is how long an idempotency key is remembered at least.
const KeyLifetime = 24 * time.Hour

// Receipt acknowledges a batch.
type Receipt struct {
	IDs      []int64 // of its entries, in their order
	Replayed bool    // the batch had been appended before; IDs are those of then
}

// Query chooses entries. The zero value of a field chooses all.
type Query struct {
	Limit  int   // entries at most; 0: 100
	Before int64 // only IDs below it: where the previous page ended
	Group  string
	Source migration.Source
	Since  time.Time // the migration's own time (At) is not earlier
}

// Retention says what may be forgotten. The zero value of a field keeps all.
type Retention struct {
	MaxAge  time.Duration // since RecordedAt
	MaxRows int64         // the newest that are kept
}

// Store is a history on disk. It is safe for concurrent use, also by several
// processes on one location.
type Store interface {
	// Append makes a batch durable and gives its entries ascending IDs. It is
	// ErrKeyReused if the key stands for another batch. The other errors mean that
	// nothing was appended, save one that ctx or a lost connection to a server
	// caused: then the batch may or may not have been, which an idempotency key
	// finds out.
	Append(ctx context.Context, b Batch) (Receipt, error)

	// Read answers entries by descending ID.
	Read(ctx context.Context, q Query) ([]Entry, error)

	// Prune deletes what retention does not keep, and idempotency keys older than
	// KeyLifetime, and answers how many entries it deleted, also with an error.
	Prune(ctx context.Context, keep Retention) (int64, error)

	// Ping says whether the store can be written to.
	Ping(ctx context.Context) error

	// Close waits for appends under way. Later calls of other methods fail with
	// ErrClosed.
	Close() error
}

// What is wrong with a request.
var (
	ErrKeyReused = errors.New("idempotency key was used for other migrations")
	ErrClosed    = errors.New("history is closed")
)

// What is wrong with a history.
var (
	ErrLocation = errors.New("not a history")                      // a directory, a foreign file, a URL of no database
	ErrReadOnly = errors.New("history cannot be written to")       // by its permissions or its disk's
	ErrNewer    = errors.New("history is of a newer vmmp")         // its schema is unknown here
	ErrDamaged  = errors.New("history is damaged")                 // its file holds what was never written there
	ErrFull     = errors.New("no space left for the history")      // on its disk
	ErrBusy     = errors.New("history is held by another process") // for longer than a caller should wait
)
