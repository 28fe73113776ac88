package history

import (
	"context"
	"errors"
	"fmt"
)

// remedies say what to do about each fault of a history.
var remedies = map[error]string{
	ErrLocation: "name a history of vmmp, or a file that does not exist yet",
	ErrReadOnly: "let the user that vmmp runs as write to it and to its folder",
	ErrNewer:    "upgrade vmmp, or name another history",
	ErrDamaged:  "restore it from a backup, or move it away and begin anew",
	ErrFull:     "make room on its disk, or raise the limit that it has reached",
	ErrBusy:     "end what holds it, or try again later",
}

// faulty is the error of a history: its place, its fault, the cause and a remedy.
func faulty(location string, fault, cause error) error {
	return fmt.Errorf("%s: %w: %w: %s", Redact(location), fault, cause, remedy(fault, cause))
}

func remedy(fault, cause error) string {
	switch {
	case errors.Is(cause, errMoved):
		return "start vmmp again, which makes a new one"
	case errors.Is(cause, errStandby):
		return "name the primary server, or allow writes"
	case postgresCode(cause) == missingDatabase:
		return "create it with createdb, or name another"
	}
	return remedies[fault]
}

// located is an error that already says what was wrong, or any other, with the
// place of the history in front.
func located(location string, err error) error {
	return fmt.Errorf("%s: %w", Redact(location), err)
}

// classified makes err an error of this package. kind finds the fault it stands
// for, nil where none fits. Databases do not always say that it was the context
// that ended a call.
func classified(ctx context.Context, location string, err error, kind func(error) error) error {
	var row damagedRow
	switch fault := kind(err); {
	case ctx.Err() != nil:
		return located(location, ctx.Err())
	case errors.As(err, &row):
		return faulty(location, ErrDamaged, err)
	case errors.As(err, new(newerSchema)):
		return faulty(location, ErrNewer, err)
	case fault != nil:
		return faulty(location, fault, err)
	case errors.As(err, new(unreached)):
		return located(location, fmt.Errorf("%w: see that the server runs, and that it takes this user", err))
	}
	return located(location, err)
}
