package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"

	"vmmp/pkg/history"
	"vmmp/pkg/history/internal/table"
)

//go:embed *.sql
var steps embed.FS

var schema = table.Schema{Dialect: goose.DialectSQLite3, Steps: steps}

// Open opens the history in the file at path and makes the file, and the folders above
// it, if they are not there yet. The store must be closed. The error is one of
// ErrLocation, ErrReadOnly, ErrNewer, ErrDamaged, ErrFull and ErrBusy of package
// history where one of these fits.
func Open(ctx context.Context, path string) (history.Store, error) {
	return openAt(ctx, path, time.Now)
}

// openAt opens the store with another clock.
func openAt(ctx context.Context, path string, now func() time.Time) (history.Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, table.Located(path, err)
	}
	f, err := prepareFile(path)
	if err != nil {
		return nil, err
	}
	connections, err := connect(path)
	if err != nil {
		return nil, table.Located(path, err)
	}
	w, err := prepareInTurn(ctx, connections.writes, f, now)
	if err != nil {
		return nil, errors.Join(openFault(ctx, path, err), connections.close())
	}
	return newStore(connections, w), nil
}

// prepareInTurn prepares the file in spite of other processes that do the same.
// SQLite does not wait, whatever its timeout, for one that switches the file to a
// write-ahead log, recovers that log or closes the file as the last of all.
func prepareInTurn(ctx context.Context, db *sql.DB, f file, now func() time.Time) (*writer, error) {
	for deadline := time.Now().Add(patience); ; {
		w, err := prepare(ctx, db, f, now)
		if !errors.Is(fault(err), history.ErrBusy) || time.Now().After(deadline) {
			return w, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// prepare makes sure that the file is a history of the known schema that can be
// written to, and returns its writer. Until it is known to be one, nothing in it is
// changed.
func prepare(ctx context.Context, db *sql.DB, f file, now func() time.Time) (*writer, error) {
	version, err := recognize(ctx, db)
	if err != nil {
		return nil, err
	}
	old, err := schema.Outdated(version)
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, "PRAGMA journal_mode = wal"); err != nil {
		return nil, err
	}
	if old {
		if err := upgrade(ctx, db); err != nil {
			return nil, err
		}
	}
	return newWriter(ctx, db, f, now)
}

// recognize returns the version of the file's schema: 0 of an empty one, errForeign of
// one that other programs made.
func recognize(ctx context.Context, db *sql.DB) (int64, error) {
	var tables, ours int
	err := db.QueryRowContext(ctx,
		"SELECT count(*), count(*) FILTER (WHERE name = ?) FROM sqlite_schema WHERE type = 'table'",
		table.VersionTable).Scan(&tables, &ours)
	switch {
	case err != nil || tables == 0:
		return 0, err
	case ours == 0:
		return 0, errForeign
	}
	return schema.Version(ctx, db)
}

// upgrade makes the schema. Of two processes that find it missing at the same
// time one fails, and finds it made when it looks again.
func upgrade(ctx context.Context, db *sql.DB) (err error) {
	for range 3 {
		if err = schema.Upgrade(ctx, db); err == nil || ctx.Err() != nil {
			break
		}
	}
	return err
}
