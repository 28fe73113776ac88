package history

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// errStandby is what a server that takes no writes has to say.
var errStandby = errors.New("the server takes no writes: it is a standby, or set to be read only")

const undefinedTable = "42P01"

// fault makes an error of PostgreSQL one of this package.
func (s *postgresStore) fault(ctx context.Context, err error) error {
	if errors.Is(err, ErrKeyReused) {
		return err
	}
	return classified(ctx, s.location, err, postgresFault)
}

// postgresFault is the fault that an error of PostgreSQL stands for, nil for none.
// The codes are those of its documentation, appendix A.
func postgresFault(err error) error {
	if errors.Is(err, errStandby) {
		return ErrReadOnly
	}
	switch postgresCode(err) {
	case "3D000": // the database does not exist
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
