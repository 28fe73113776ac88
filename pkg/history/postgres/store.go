package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"vmmp/pkg/history/internal/table"
)

// A store is a history in a database of PostgreSQL.
type store struct {
	table.Base
	pool    *pgxpool.Pool
	appends chan struct{} // holds one for each append under way
}

// keptForReads is how many connections appends leave to reads.
const keptForReads = 2

// newStore returns a store on the connections of pool, on which entries are also read.
// Rows that another replica is deleting are left to it.
func newStore(url string, pool *pgxpool.Pool, now func() time.Time) *store {
	s := &store{pool: pool, appends: make(chan struct{}, max(1, pool.Config().MaxConns-keptForReads))}
	s.Base = table.Base{
		Location: url, DB: stdlib.OpenDBFromPool(pool), Now: now, Mark: numbered, Exec: s.exec, Explain: explain,
		Lock: " FOR UPDATE SKIP LOCKED",
	}
	return s
}

func (s *store) disconnect() error {
	err := s.DB.Close()
	s.pool.Close()
	return err
}

// writable returns errStandby if the server takes no writes.
func (s *store) writable(ctx context.Context) error {
	var readOnly string
	err := s.pool.QueryRow(ctx, "SELECT current_setting('transaction_read_only')").Scan(&readOnly)
	if err == nil && readOnly == "on" {
		return errStandby
	}
	return err
}

// Ping returns an error unless the server answers.
func (s *store) Ping(ctx context.Context) error {
	if err := s.Enter(); err != nil {
		return err
	}
	defer s.Leave()
	if err := s.writable(ctx); err != nil {
		return s.Fault(ctx, err)
	}
	return nil
}

// exec runs a statement.
func (s *store) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := s.DB.ExecContext(ctx, numbered(query), args...)
	if err != nil {
		return 0, s.Fault(ctx, err)
	}
	return result.RowsAffected()
}

// Close waits for appends under way.
func (s *store) Close() error {
	if !s.End() {
		return nil
	}
	if err := s.disconnect(); err != nil {
		return table.Located(s.Location, err)
	}
	return nil
}

// numbered returns a query with its question marks replaced by $1, $2 and so on.
func numbered(query string) string {
	var b strings.Builder
	for i, part := range strings.Split(query, "?") {
		if i > 0 {
			fmt.Fprintf(&b, "$%d", i)
		}
		b.WriteString(part)
	}
	return b.String()
}
