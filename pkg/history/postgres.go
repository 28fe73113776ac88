package history

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// postgresStore is a history in a database of PostgreSQL.
type postgresStore struct {
	life
	location string
	now      func() time.Time
	pool     *pgxpool.Pool
	reader   reader        // on the same connections
	appends  chan struct{} // holds one of each append under way
}

// What a URL does not say: the connections at most, those of them that appends
// leave to reads, and how long to wait for a server that does not answer.
const (
	postgresConnections = 8
	keptForReads        = 2
	connectTimeout      = 5 * time.Second
)

// openPostgres opens the history in the database of a URL.
func openPostgres(ctx context.Context, location string, now func() time.Time) (Store, error) {
	config, err := postgresConfig(location)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, located(location, err)
	}
	s := &postgresStore{
		location: location, now: now, pool: pool,
		appends: make(chan struct{}, max(1, config.MaxConns-keptForReads)),
	}
	s.reader = reader{db: stdlib.OpenDBFromPool(pool), mark: numbered, fault: s.fault}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(s.fault(ctx, err), s.disconnect())
	}
	return s, nil
}

// postgresConfig reads a URL. The parser's own words on a URL that cannot be split
// into its parts may hold the password, and are left out.
func postgresConfig(location string) (*pgxpool.Config, error) {
	u, err := url.Parse(location)
	if err != nil {
		return nil, faulty(location, ErrLocation, errors.New("the URL cannot be read, it is to look like "+exampleURL+
			", with %40 for an @ in the password and the like"))
	}
	config, err := pgxpool.ParseConfig(location)
	if err != nil {
		if inner := errors.Unwrap(err); inner != nil {
			err = inner
		}
		return nil, faulty(location, ErrLocation, err)
	}
	if !u.Query().Has("pool_max_conns") {
		config.MaxConns = postgresConnections
	}
	config.MaxConns = max(config.MaxConns, 2) // an upgrade takes two
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	config.AfterConnect = makeDurable
	return config, nil
}

// makeDurable sees to it that a commit that was acknowledged is on disk, wherever
// the server is set up to be faster than that.
func makeDurable(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
	return err
}

func (s *postgresStore) disconnect() error {
	err := s.reader.db.Close()
	s.pool.Close()
	return err
}

// prepare makes sure that the database has the known schema and can be written to.
func (s *postgresStore) prepare(ctx context.Context) error {
	version, err := schemaVersion(ctx, s.reader.db)
	if err != nil && postgresCode(err) != undefinedTable {
		return err
	}
	old, err := outdated("postgres", version)
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
func (s *postgresStore) upgrade(ctx context.Context) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", upgradeLock); err != nil {
		return err
	}
	err = upgrade(ctx, s.reader.db, goose.DialectPostgres, "postgres")
	_, unlock := conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", upgradeLock)
	return errors.Join(err, unlock)
}

// writable is errStandby if the server takes no writes.
func (s *postgresStore) writable(ctx context.Context) error {
	var readOnly string
	err := s.pool.QueryRow(ctx, "SELECT current_setting('transaction_read_only')").Scan(&readOnly)
	if err == nil && readOnly == "on" {
		return errStandby
	}
	return err
}

// Ping asks the server.
func (s *postgresStore) Ping(ctx context.Context) error {
	if err := s.enter(); err != nil {
		return located(s.location, err)
	}
	defer s.leave()
	if err := s.writable(ctx); err != nil {
		return s.fault(ctx, err)
	}
	return nil
}

// Read answers entries by descending ID.
func (s *postgresStore) Read(ctx context.Context, q Query) ([]Entry, error) {
	if err := s.enter(); err != nil {
		return nil, located(s.location, err)
	}
	defer s.leave()
	return s.reader.read(ctx, q)
}

// Prune deletes in several transactions. Rows that another replica is deleting
// are left to it.
func (s *postgresStore) Prune(ctx context.Context, keep Retention) (int64, error) {
	if err := s.enter(); err != nil {
		return 0, located(s.location, err)
	}
	defer s.leave()
	return pruner{reader: s.reader, exec: s.exec, lock: " FOR UPDATE SKIP LOCKED"}.prune(ctx, keep, s.now())
}

// exec runs a statement.
func (s *postgresStore) exec(ctx context.Context, query string, args ...any) (int64, error) {
	var result sql.Result
	result, err := s.reader.db.ExecContext(ctx, numbered(query), args...)
	if err != nil {
		return 0, s.fault(ctx, err)
	}
	return result.RowsAffected()
}

// Close waits for appends under way.
func (s *postgresStore) Close() error {
	if !s.end() {
		return nil
	}
	if err := s.disconnect(); err != nil {
		return located(s.location, err)
	}
	return nil
}
