package history

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// pruneRows is how many entries one transaction deletes at most, so that appends
// need not wait for long.
const pruneRows = 1000

// pruner deletes from either database.
type pruner struct {
	reader
	// exec runs a statement in a transaction of its own, and answers how many rows
	// it touched.
	exec func(ctx context.Context, query string, args ...any) (int64, error)
	lock string // what keeps two pruners from the same rows
}

// prune deletes what keep does not keep at the time of now, and answers how many
// entries it deleted, also with an error.
func (p pruner) prune(ctx context.Context, keep Retention, now time.Time) (deleted int64, err error) {
	if keep.MaxAge > 0 {
		deleted, err = p.sweep(ctx, "recorded_at", "<", now.Add(-keep.MaxAge).UnixMicro())
	}
	if keep.MaxRows > 0 && err == nil {
		var n int64
		n, err = p.pruneBeyond(ctx, keep.MaxRows)
		deleted += n
	}
	if err != nil {
		return deleted, err
	}
	_, err = p.exec(ctx, "DELETE FROM vmmp_batches WHERE created_at < ?", now.Add(-KeyLifetime).UnixMicro())
	return deleted, err
}

// newestBeyond is the newest entry that there are so many newer ones of. Counting
// reads the smallest index only; what is skipped is no more than will be deleted.
const newestBeyond = `WITH beyond AS MATERIALIZED (SELECT count(*) - ? AS n FROM vmmp_entries)
SELECT id FROM vmmp_entries WHERE (SELECT n FROM beyond) > 0
ORDER BY id LIMIT 1 OFFSET (SELECT CASE WHEN n > 0 THEN n - 1 ELSE 0 END FROM beyond)`

// pruneBeyond deletes all but the newest rows.
func (p pruner) pruneBeyond(ctx context.Context, rows int64) (int64, error) {
	var newest int64 // of those to be deleted
	err := p.db.QueryRowContext(ctx, p.mark(newestBeyond), rows).Scan(&newest)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, p.fault(ctx, err)
	}
	return p.sweep(ctx, "id", "<=", newest)
}

// sweep deletes the entries of which column compares so with bound, some at a time.
func (p pruner) sweep(ctx context.Context, column, compare string, bound int64) (deleted int64, err error) {
	query := "DELETE FROM vmmp_entries WHERE id IN (SELECT id FROM vmmp_entries WHERE " +
		column + compare + "? ORDER BY " + column + " LIMIT ?" + p.lock + ")"
	for {
		n, err := p.exec(ctx, query, bound, pruneRows)
		deleted += n
		if err != nil || n < pruneRows {
			return deleted, err
		}
	}
}
