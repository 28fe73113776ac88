// Package stores opens a history, wherever it lies. It alone knows all
// implementations of history.Store: they import package history, which therefore
// cannot choose among them.
package stores

import (
	"context"
	"fmt"
	"strings"

	"vmmp/pkg/history"
	"vmmp/pkg/history/postgres"
	"vmmp/pkg/history/sqlite"
)

// Open opens the history at a location and makes it if it is not there yet: a URL
// like postgres://user:password@host:5432/database names a database of PostgreSQL,
// anything else is the path of a file. The store must be closed. Errors name the
// location, without its password, and the remedy; they are ErrLocation, ErrReadOnly,
// ErrNewer, ErrDamaged, ErrFull or ErrBusy of package history where one of these fits.
func Open(ctx context.Context, location string) (history.Store, error) {
	switch {
	case location == "":
		return nil, fmt.Errorf("%w: the location is empty: name a file or a URL like %s",
			history.ErrLocation, postgres.ExampleURL)
	case history.IsFile(location):
		return sqlite.Open(ctx, location)
	case strings.HasPrefix(location, "postgres://") || strings.HasPrefix(location, "postgresql://"):
		return postgres.Open(ctx, location)
	}
	return nil, fmt.Errorf("%s: %w: only PostgreSQL is known by URL: name a file or a URL like %s",
		history.Redact(location), history.ErrLocation, postgres.ExampleURL)
}
