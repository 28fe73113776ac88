package history

import (
	"context"
	"fmt"
	"iter"
	"regexp"
	"strings"
	"time"
)

// Open opens the history at a location and makes it if it is not there yet: a URL
// like postgres://user:password@host:5432/database names a database of PostgreSQL,
// anything else is the path of a file. It must be closed. Errors name the location,
// without its password, and the remedy; they are ErrLocation, ErrReadOnly,
// ErrNewer, ErrDamaged, ErrFull or ErrBusy where one of these fits.
func Open(ctx context.Context, location string) (Store, error) {
	return openAt(ctx, location, time.Now)
}

// openAt is Open with another clock.
func openAt(ctx context.Context, location string, now func() time.Time) (Store, error) {
	scheme := urlScheme.FindString(location)
	switch {
	case scheme == "postgres://" || scheme == "postgresql://":
		return openPostgres(ctx, location, now)
	case location == "":
		return nil, fmt.Errorf("%w: the location is empty: name a file or a URL like %s", ErrLocation, exampleURL)
	case scheme != "":
		return nil, fmt.Errorf("%s: %w: only PostgreSQL is known by URL: name a file or a URL like %s",
			Redact(location), ErrLocation, exampleURL)
	}
	return openSQLite(ctx, location, now)
}

// IsFile says whether a location is the path of a file, there or not yet, rather
// than a URL.
func IsFile(location string) bool { return location != "" && !urlScheme.MatchString(location) }

const exampleURL = "postgres://user:password@host:5432/database"

var (
	urlScheme     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)
	queryPassword = regexp.MustCompile(`(?i)([?&](?:ssl)?password=)[^&]*`)
)

// Redact is a location as messages may show it: with xxxxx for the password of a
// URL. A URL that can be read in two ways rather loses more than its password.
func Redact(location string) string {
	scheme := urlScheme.FindString(location)
	if scheme == "" {
		return location
	}
	rest := location[len(scheme):]
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		if colon := strings.IndexByte(rest[:at], ':'); colon >= 0 {
			rest = rest[:colon] + ":xxxxx" + rest[at:]
		}
	}
	return scheme + queryPassword.ReplaceAllString(rest, "${1}xxxxx")
}

// defaultLimit is what Read answers at most if the query does not say.
const defaultLimit = 100

// All goes through everything that the query chooses, newest first, reading
// Query.Limit entries at a time. What is appended meanwhile is not among it. An
// error is the last thing it yields.
func All(ctx context.Context, s Store, q Query) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for {
			page, err := s.Read(ctx, q)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
			}
			if len(page) < q.limit() {
				return
			}
			q.Before = page[len(page)-1].ID
		}
	}
}

func (q Query) limit() int {
	if q.Limit <= 0 {
		return defaultLimit
	}
	return q.Limit
}
