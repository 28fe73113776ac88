package history

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// errStandby is what a server that takes no writes has to say.
var errStandby = errors.New("the server takes no writes: it is a standby, or set to be read only")

// Codes of PostgreSQL, from appendix A of its documentation.
const (
	undefinedTable  = "42P01"
	missingDatabase = "3D000"
)

// fault makes an error of PostgreSQL one of this package.
func (s *postgresStore) fault(ctx context.Context, err error) error {
	if errors.Is(err, ErrKeyReused) {
		return err
	}
	if errors.As(err, new(*pgconn.ConnectError)) {
		err = unreached{err}
	}
	return classified(ctx, s.location, err, postgresFault)
}

// unreached is the error of a server that could not be connected to, on one line
// and without repetition: pgx has a line for each attempt.
type unreached struct{ err error }

func (u unreached) Unwrap() error { return u.err }

func (u unreached) Error() string {
	title, attempts, _ := strings.Cut(u.err.Error(), "\n")
	var told []string
	for attempt := range strings.Lines(attempts) {
		if attempt = strings.TrimSpace(attempt); !slices.Contains(told, attempt) {
			told = append(told, attempt)
		}
	}
	return strings.TrimSpace(title + " " + strings.Join(told, "; "))
}

// postgresFault is the fault that an error of PostgreSQL stands for, nil for none.
func postgresFault(err error) error {
	if errors.Is(err, errStandby) {
		return ErrReadOnly
	}
	switch postgresCode(err) {
	case missingDatabase:
		return ErrLocation
	case "25006", "42501": // read-only transaction, privilege missing
		return ErrReadOnly
	case undefinedTable, "42703", "XX001", "XX002": // a table or a column is missing, data or an index is corrupt
		return ErrDamaged
	case "53100": // disk full
		return ErrFull
	case "55P03": // lock not available
		return ErrBusy
	}
	return nil
}

// postgresCode is the server's code of an error, empty for another's.
func postgresCode(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
