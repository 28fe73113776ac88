package table

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"vmmp/pkg/history"
)

// pruneRows is how many entries one transaction deletes at most, so that appends
// need not wait for long.
const pruneRows = 1000

// Prune deletes in several transactions, so that appends get their turn.
func (b *Base) Prune(ctx context.Context, keep history.Retention) (int64, error) {
	if err := b.Enter(); err != nil {
		return 0, err
	}
	defer b.Leave()
	return b.prune(ctx, keep, b.Now())
}

// prune deletes what keep does not keep at the time of now. It returns how many
// entries it deleted, also with an error.
func (b *Base) prune(ctx context.Context, keep history.Retention, now time.Time) (deleted int64, err error) {
	if keep.MaxAge > 0 {
		deleted, err = b.sweep(ctx, "recorded_at", "<", now.Add(-keep.MaxAge).UnixMicro())
	}
	if keep.MaxRows > 0 && err == nil {
		var n int64
		n, err = b.pruneBeyond(ctx, keep.MaxRows)
		deleted += n
	}
	if err != nil {
		return deleted, err
	}
	_, err = b.Exec(ctx, "DELETE FROM vmmp_batches WHERE created_at < ?", now.Add(-history.KeyLifetime).UnixMicro())
	return deleted, err
}

// newestBeyond selects the newest entry that there are so many newer ones of. Counting
// reads the smallest index only; what is skipped is no more than will be deleted.
const newestBeyond = `WITH beyond AS MATERIALIZED (SELECT count(*) - ? AS n FROM vmmp_entries)
SELECT id FROM vmmp_entries WHERE (SELECT n FROM beyond) > 0
ORDER BY id LIMIT 1 OFFSET (SELECT CASE WHEN n > 0 THEN n - 1 ELSE 0 END FROM beyond)`

// pruneBeyond deletes all but the newest rows.
func (b *Base) pruneBeyond(ctx context.Context, rows int64) (int64, error) {
	var newest int64 // of those to be deleted
	err := b.DB.QueryRowContext(ctx, b.Mark(newestBeyond), rows).Scan(&newest)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, b.Fault(ctx, err)
	}
	return b.sweep(ctx, "id", "<=", newest)
}

// sweep deletes the entries of which column compares so with bound, some at a time.
func (b *Base) sweep(ctx context.Context, column, compare string, bound int64) (deleted int64, err error) {
	query := "DELETE FROM vmmp_entries WHERE id IN (SELECT id FROM vmmp_entries WHERE " +
		column + compare + "? ORDER BY " + column + " LIMIT ?" + b.Lock + ")"
	for {
		n, err := b.Exec(ctx, query, bound, pruneRows)
		deleted += n
		if err != nil || n < pruneRows {
			return deleted, err
		}
	}
}
