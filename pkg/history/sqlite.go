package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// sqliteStore is a history in a file.
type sqliteStore struct {
	life
	path   string      // absolute
	file   os.FileInfo // what path named when it was opened
	now    func() time.Time
	writes *sql.DB
	reader reader
	queue  chan *task
	done   chan struct{} // closed when the writer has ended
}

// patience is how long a transaction, or opening, waits for another process.
const patience = 5 * time.Second

// readers is how many reads run at the same time.
const readers = 4

// openSQLite opens the history in a file.
func openSQLite(ctx context.Context, path string, now func() time.Time) (Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, located(path, err)
	}
	file, err := prepareFile(path)
	if err != nil {
		return nil, err
	}
	s := &sqliteStore{path: path, file: file, now: now, queue: make(chan *task), done: make(chan struct{})}
	if err := s.connect(); err != nil {
		return nil, located(path, err)
	}
	w, err := s.prepareInTurn(ctx)
	if err != nil {
		return nil, errors.Join(s.openFault(ctx, err), s.disconnect())
	}
	go w.serve()
	return s, nil
}

// connect makes the two pools: one connection to write, several to read.
func (s *sqliteStore) connect() (err error) {
	if s.writes, err = sql.Open("sqlite", dataSource(s.path, "_txlock", "immediate", "synchronous(full)")); err != nil {
		return err
	}
	s.writes.SetMaxOpenConns(1)
	reads, err := sql.Open("sqlite", dataSource(s.path, "", "", "query_only(on)"))
	if err != nil {
		return errors.Join(err, s.writes.Close())
	}
	reads.SetMaxOpenConns(readers)
	reads.SetMaxIdleConns(readers)
	s.reader = reader{db: reads, mark: func(query string) string { return query }, fault: s.fault}
	return nil
}

// dataSource is the URI of a file that exists, with a parameter and a pragma of its
// connections.
func dataSource(absolute, name, value, pragma string) string {
	options := url.Values{"mode": {"rw"}, "_pragma": {fmt.Sprintf("busy_timeout(%d)", patience.Milliseconds()), pragma}}
	if name != "" {
		options.Set(name, value)
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(absolute), RawQuery: options.Encode()}
	return u.String()
}

// disconnect closes the pools; the last connection to a file also empties its
// write-ahead log.
func (s *sqliteStore) disconnect() error {
	return errors.Join(s.reader.db.Close(), s.writes.Close())
}

// prepareInTurn prepares the file in spite of other processes that do the same.
// SQLite does not wait, whatever its timeout, for one that switches the file to a
// write-ahead log, recovers that log or closes the file as the last of all.
func (s *sqliteStore) prepareInTurn(ctx context.Context) (*writer, error) {
	for deadline := time.Now().Add(patience); ; {
		w, err := s.prepare(ctx)
		if !errors.Is(sqliteFault(err), ErrBusy) || time.Now().After(deadline) {
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
// written to, and answers its writer. Until it is known to be one, nothing in it
// is changed.
func (s *sqliteStore) prepare(ctx context.Context) (*writer, error) {
	version, err := s.recognize(ctx)
	if err != nil {
		return nil, err
	}
	old, err := outdated("sqlite", version)
	if err != nil {
		return nil, err
	}
	if _, err := s.writes.ExecContext(ctx, "PRAGMA journal_mode = wal"); err != nil {
		return nil, err
	}
	if old {
		if err := s.upgrade(ctx); err != nil {
			return nil, err
		}
	}
	return newWriter(ctx, s)
}

// recognize is the version of the file's schema: 0 of an empty one, errForeign of
// one that other programs made.
func (s *sqliteStore) recognize(ctx context.Context) (int64, error) {
	var tables, ours int
	err := s.writes.QueryRowContext(ctx,
		"SELECT count(*), count(*) FILTER (WHERE name = ?) FROM sqlite_schema WHERE type = 'table'", versionTable).Scan(&tables, &ours)
	switch {
	case err != nil || tables == 0:
		return 0, err
	case ours == 0:
		return 0, errForeign
	}
	return schemaVersion(ctx, s.writes)
}

// upgrade makes the schema. Of two processes that find it missing at the same
// time one fails, and finds it made when it looks again.
func (s *sqliteStore) upgrade(ctx context.Context) (err error) {
	for range 3 {
		if err = upgrade(ctx, s.writes, goose.DialectSQLite3, "sqlite"); err == nil || ctx.Err() != nil {
			break
		}
	}
	return err
}

// Read answers entries by descending ID.
func (s *sqliteStore) Read(ctx context.Context, q Query) ([]Entry, error) {
	if err := s.enter(); err != nil {
		return nil, located(s.path, err)
	}
	defer s.leave()
	return s.reader.read(ctx, q)
}

// Close waits for appends under way.
func (s *sqliteStore) Close() error {
	if !s.end() {
		return nil
	}
	close(s.queue)
	<-s.done
	if err := s.disconnect(); err != nil {
		return s.fault(context.Background(), err)
	}
	return nil
}
