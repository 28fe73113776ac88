package history

import "errors"

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
