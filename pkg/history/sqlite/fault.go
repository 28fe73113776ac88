package sqlite

import (
	"context"
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"vmmp/pkg/history"
	"vmmp/pkg/history/internal/table"
)

// errForeign is the error of a database that other programs made.
var errForeign = &table.Flaw{Err: errors.New("it is a database of another program"), Fault: history.ErrLocation}

// openFault returns an error of a file of which it is not known yet whether it is a
// history.
func openFault(ctx context.Context, path string, err error) error {
	if code(err) == sqlite3.SQLITE_NOTADB && foreignHeader(path) {
		return (&table.Flaw{Err: err, Fault: history.ErrLocation}).At(path)
	}
	return table.Fault(ctx, path, err, explain)
}

func explain(err error) table.Flaw { return table.Flaw{Err: err, Fault: fault(err)} }

// fault returns the fault that an error of SQLite stands for, nil if none fits.
func fault(err error) error {
	switch code(err) {
	case sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE: // of a quota, or the limit of a file's size
		return history.ErrFull
	}
	switch code(err) & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return history.ErrBusy
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
		return history.ErrReadOnly
	case sqlite3.SQLITE_FULL:
		return history.ErrFull
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR: // the last: a table is missing
		return history.ErrDamaged
	}
	return nil
}

// code returns SQLite's own code of an error, 0 of another's.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}
