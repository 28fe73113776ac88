package table

import (
	"context"
	"errors"
	"fmt"

	"vmmp/pkg/history"
)

// remedies are what to do about each fault of a history.
var remedies = map[error]string{
	history.ErrLocation: "name a history of vmmp, or a file that does not exist yet",
	history.ErrReadOnly: "let the user that vmmp runs as write to it and to its folder",
	history.ErrNewer:    "upgrade vmmp, or name another history",
	history.ErrDamaged:  "restore it from a backup, or move it away and begin anew",
	history.ErrFull:     "make room on its disk, or raise the limit that it has reached",
	history.ErrBusy:     "end what holds it, or try again later",
}

// A Flaw is an error together with the fault of a history that it stands for.
type Flaw struct {
	Err    error
	Fault  error  // of package history, nil if none fits
	Remedy string // empty: that of the fault
}

// Error returns what is wrong, without the fault and its remedy.
func (f *Flaw) Error() string { return f.Err.Error() }

// Unwrap returns Err.
func (f *Flaw) Unwrap() error { return f.Err }

// At returns the error of the history at a location: its place, its fault, what is
// wrong and the remedy, as far as they are known.
func (f *Flaw) At(location string) error {
	remedy := f.Remedy
	if remedy == "" {
		remedy = remedies[f.Fault]
	}
	switch {
	case f.Fault != nil:
		return fmt.Errorf("%s: %w: %w: %s", history.Redact(location), f.Fault, f.Err, remedy)
	case remedy != "":
		return fmt.Errorf("%s: %w: %s", history.Redact(location), f.Err, remedy)
	}
	return Located(location, f.Err)
}

// Located returns err with the location of a history in front.
func Located(location string, err error) error {
	return fmt.Errorf("%s: %w", history.Redact(location), err)
}

// Fault returns err as an error of the history at a location. explain tells what the
// database means by an error that is no Flaw yet. Databases do not always say that it
// was ctx that ended a call. ErrKeyReused is returned as it is.
func Fault(ctx context.Context, location string, err error, explain func(error) Flaw) error {
	var known *Flaw
	switch {
	case errors.Is(err, history.ErrKeyReused):
		return err
	case ctx.Err() != nil:
		return Located(location, ctx.Err())
	case errors.As(err, &known):
		return (&Flaw{Err: err, Fault: known.Fault, Remedy: known.Remedy}).At(location)
	}
	flaw := explain(err)
	return flaw.At(location)
}
