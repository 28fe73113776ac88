package postgres

import (
	"context"
	"embed"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"

	"vmmp/pkg/history"
	"vmmp/pkg/history/internal/table"
)

//go:embed *.sql
var steps embed.FS

var schema = table.Schema{Dialect: goose.DialectPostgres, Steps: steps}

// Open opens the history in the database that a URL names, and makes its tables if
// they are not there yet. The store must be closed. Errors name the URL without its
// password; they are one of ErrLocation, ErrReadOnly, ErrNewer, ErrDamaged, ErrFull and
// ErrBusy of package history where one of these fits.
func Open(ctx context.Context, url string) (history.Store, error) {
	return openAt(ctx, url, time.Now)
}

// openAt opens the store with another clock.
func openAt(ctx context.Context, url string, now func() time.Time) (history.Store, error) {
	config, err := parse(url)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, table.Located(url, err)
	}
	s := newStore(url, pool, now)
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(s.Fault(ctx, err), s.disconnect())
	}
	return s, nil
}

// prepare makes sure that the database has the known schema and can be written to.
func (s *store) prepare(ctx context.Context) error {
	version, err := schema.Version(ctx, s.DB)
	if err != nil && code(err) != undefinedTable {
		return err
	}
	old, err := schema.Outdated(version)
	if err != nil {
		return err
	}
	if old {
		return s.upgrade(ctx)
	}
	return s.writable(ctx)
}

// upgradeLock is the advisory lock of upgrades: "vmmp" in ASCII.
const upgradeLock = 0x766d6d70

// upgrade makes the schema. Replicas that are started at once do so one after
// another: all but the first find it made.
func (s *store) upgrade(ctx context.Context) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", upgradeLock); err != nil {
		return err
	}
	err = schema.Upgrade(ctx, s.DB)
	_, unlock := conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", upgradeLock)
	return errors.Join(err, unlock)
}
