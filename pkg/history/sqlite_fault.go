package history

import (
	"context"
	"errors"
	"slices"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What the operating system says of disks.
const (
	errReadOnlyDisk = syscall.EROFS
	errNoSpace      = syscall.ENOSPC
)

// isNoPlace says whether no file can ever have that path.
func isNoPlace(err error) bool {
	return slices.ContainsFunc([]error{syscall.ENOTDIR, syscall.ENAMETOOLONG, syscall.EINVAL, syscall.ELOOP},
		func(one error) bool { return errors.Is(err, one) })
}

var (
	errForeign = errors.New("it is a database of another program")
	errMoved   = errors.New("its file was moved or deleted while in use")
)

// fault makes an error of SQLite one of this package.
func (s *sqliteStore) fault(ctx context.Context, err error) error {
	return classified(ctx, s.path, err, sqliteFault)
}

// openFault is fault for a file of which it is not known yet whether it is a
// history.
func (s *sqliteStore) openFault(ctx context.Context, err error) error {
	if errors.Is(err, errForeign) {
		return faulty(s.path, ErrLocation, err)
	}
	if sqliteCode(err) == sqlite3.SQLITE_NOTADB && foreignHeader(s.path) {
		return faulty(s.path, ErrLocation, err)
	}
	return s.fault(ctx, err)
}

// sqliteFault is the fault that an error of SQLite stands for, nil for none.
func sqliteFault(err error) error {
	code := sqliteCode(err)
	switch code {
	case sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE: // of a quota, or the limit of a file's size
		return ErrFull
	}
	switch code & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return ErrBusy
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
		return ErrReadOnly
	case sqlite3.SQLITE_FULL:
		return ErrFull
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR: // the last: a table is missing
		return ErrDamaged
	}
	if errors.Is(err, errMoved) {
		return ErrReadOnly
	}
	return nil
}

// sqliteCode is SQLite's own code of an error, 0 of another's.
func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}
