package postgres

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"vmmp/pkg/history"
	"vmmp/pkg/history/internal/table"
)

// ExampleURL is what the URL of a history looks like.
const ExampleURL = "postgres://user:password@host:5432/database"

// What a URL does not say: how many connections at most, and how long to wait for a
// server that does not answer.
const (
	connections    = 8
	connectTimeout = 5 * time.Second
)

// parse returns what a URL says. The parser's own words on a URL that cannot be split
// into its parts may hold the password, and are left out.
func parse(location string) (*pgxpool.Config, error) {
	u, err := url.Parse(location)
	if err != nil {
		return nil, noURL(errors.New("the URL cannot be read, it is to look like " + ExampleURL +
			", with %40 for an @ in the password and the like")).At(location)
	}
	config, err := pgxpool.ParseConfig(location)
	if err != nil {
		if inner := errors.Unwrap(err); inner != nil {
			err = inner
		}
		return nil, noURL(err).At(location)
	}
	if !u.Query().Has("pool_max_conns") {
		config.MaxConns = connections
	}
	config.MaxConns = max(config.MaxConns, 2) // an upgrade takes two
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	config.AfterConnect = makeDurable
	return config, nil
}

func noURL(err error) *table.Flaw { return &table.Flaw{Err: err, Fault: history.ErrLocation} }

// makeDurable sees to it that a commit that was acknowledged is on disk, wherever
// the server is set up to be faster than that.
func makeDurable(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx,
		"SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
	return err
}
