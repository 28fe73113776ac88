package postgres

import (
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"vmmp/pkg/history"
	"vmmp/pkg/history/internal/table"
)

// errStandby is the error of a server that takes no writes.
var errStandby = &table.Flaw{
	Err:   errors.New("the server takes no writes: it is a standby, or set to be read only"),
	Fault: history.ErrReadOnly, Remedy: "name the primary server, or allow writes",
}

// Codes of PostgreSQL, from appendix A of its documentation.
const (
	undefinedTable  = "42P01"
	missingDatabase = "3D000"
)

// explain returns what an error of PostgreSQL stands for.
func explain(err error) table.Flaw {
	flaw := table.Flaw{Err: err, Fault: fault(code(err))}
	if errors.As(err, new(*pgconn.ConnectError)) {
		flaw.Err = unreached{err}
		if flaw.Fault == nil {
			flaw.Remedy = "see that the server runs, and that it takes this user"
		}
	}
	if code(err) == missingDatabase {
		flaw.Remedy = "create it with createdb, or name another"
	}
	return flaw
}

// fault returns the fault that a code of PostgreSQL stands for, nil if none fits.
func fault(code string) error {
	switch code {
	case missingDatabase:
		return history.ErrLocation
	case "25006", "42501": // read-only transaction, privilege missing
		return history.ErrReadOnly
	case undefinedTable, "42703", "XX001", "XX002": // a table or a column is missing, data or an index is corrupt
		return history.ErrDamaged
	case "53100": // disk full
		return history.ErrFull
	case "55P03": // lock not available
		return history.ErrBusy
	}
	return nil
}

// code returns the server's code of an error, empty for another's.
func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// An unreached is the error of a server that could not be connected to, on one line
// and without repetition: pgx has a line for each attempt.
type unreached struct{ err error }

// Unwrap returns the error of pgx.
func (u unreached) Unwrap() error { return u.err }

// Error returns what pgx says, once.
func (u unreached) Error() string {
	title, attempts, _ := strings.Cut(u.err.Error(), "\n")
	var reasons []string
	for attempt := range strings.Lines(attempts) {
		if attempt = strings.TrimSpace(attempt); !slices.Contains(reasons, attempt) {
			reasons = append(reasons, attempt)
		}
	}
	return strings.TrimSpace(title + " " + strings.Join(reasons, "; "))
}
