package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// patience is how long a transaction, or opening, waits for another process.
const patience = 5 * time.Second

// readers is how many reads run at the same time.
const readers = 4

// A pair is the connections to a file: one to write, several to read.
type pair struct{ writes, reads *sql.DB }

// connect returns the connections to a file that exists.
func connect(path string) (pair, error) {
	writes, err := sql.Open("sqlite", dataSource(path, "_txlock", "immediate", "synchronous(full)"))
	if err != nil {
		return pair{}, err
	}
	writes.SetMaxOpenConns(1)
	reads, err := sql.Open("sqlite", dataSource(path, "", "", "query_only(on)"))
	if err != nil {
		return pair{}, errors.Join(err, writes.Close())
	}
	reads.SetMaxOpenConns(readers)
	reads.SetMaxIdleConns(readers)
	return pair{writes, reads}, nil
}

// dataSource returns the URI of a file that exists, with a parameter and a pragma of
// its connections.
func dataSource(absolute, name, value, pragma string) string {
	options := url.Values{"mode": {"rw"}, "_pragma": {fmt.Sprintf("busy_timeout(%d)", patience.Milliseconds()), pragma}}
	if name != "" {
		options.Set(name, value)
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(absolute), RawQuery: options.Encode()}
	return u.String()
}

// close closes all; the last connection to a file also empties its write-ahead log.
func (p pair) close() error { return errors.Join(p.reads.Close(), p.writes.Close()) }
