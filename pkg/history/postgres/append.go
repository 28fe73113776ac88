package postgres

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/jackc/pgx/v5"

	"vmmp/pkg/history"
	"vmmp/pkg/history/internal/table"
)

// Append makes a batch durable. The server lets transactions that end at the same
// time share one sync of its disk.
func (s *store) Append(ctx context.Context, b history.Batch) (history.Receipt, error) {
	if err := s.Enter(); err != nil {
		return history.Receipt{}, err
	}
	defer s.Leave()
	rows, err := table.EncodeRows(b.Entries)
	if err != nil {
		return history.Receipt{}, err
	}
	select {
	case s.appends <- struct{}{}:
		defer func() { <-s.appends }()
	case <-ctx.Done():
		return history.Receipt{}, table.Located(s.Location, ctx.Err())
	}
	receipt, err := s.append(ctx, b, rows)
	if err != nil {
		return history.Receipt{}, s.Fault(ctx, err)
	}
	return receipt, nil
}

// append adds a batch, unless its key says that it has been added before.
func (s *store) append(ctx context.Context, b history.Batch, rows []table.Row) (receipt history.Receipt, err error) {
	if b.Key == "" {
		receipt.IDs, err = insertRows(ctx, s.pool, s.Now().UnixMicro(), rows)
		return receipt, err
	}
	for done := false; !done && err == nil; {
		err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			receipt, done, err = s.appendOnce(ctx, tx, b, rows)
			return err
		})
	}
	return receipt, err
}

// appendOnce adds a batch that has a key, or returns the receipt of the batch that
// had it before. Of two at the same time the second waits here for the first. Not
// done is what was neither added nor found, because the key was forgotten in
// between.
func (s *store) appendOnce(ctx context.Context, tx pgx.Tx, b history.Batch, rows []table.Row) (
	receipt history.Receipt, done bool, err error,
) {
	now, key := s.Now().UnixMicro(), table.KeyHash(b.Key)
	won, err := tx.Exec(ctx,
		"INSERT INTO vmmp_batches (key, digest, ids, created_at) VALUES ($1, $2, '', $3) ON CONFLICT DO NOTHING",
		key, b.Digest[:], now)
	if err != nil {
		return receipt, false, err
	}
	if won.RowsAffected() == 0 {
		receipt, err = table.Replay(b, tx.QueryRow(ctx, "SELECT digest, ids FROM vmmp_batches WHERE key = $1", key))
		return receipt, receipt.Replayed, err
	}
	if receipt.IDs, err = insertRows(ctx, tx, now, rows); err != nil {
		return receipt, false, err
	}
	ids, err := json.Marshal(receipt.IDs)
	if err != nil {
		return receipt, false, err
	}
	_, err = tx.Exec(ctx, "UPDATE vmmp_batches SET ids = $2 WHERE key = $1", key, string(ids))
	return receipt, true, err
}

// insertion adds rows in their order, which gives them ascending ids.
const insertion = `INSERT INTO vmmp_entries (recorded_at, at, grp, source, site, body, prediction)
SELECT $1, r.at, r.grp, r.source, r.site, r.body::json, r.prediction::json
FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
	WITH ORDINALITY AS r (at, grp, source, site, body, prediction, place)
ORDER BY r.place
RETURNING id`

// insertRows adds rows and returns their ids.
func insertRows(ctx context.Context, db interface {
	Query(context.Context, string, ...any) (pgx.Rows, error)
}, now int64, rows []table.Row) ([]int64, error) {
	n := len(rows)
	at, predictions := make([]*int64, n), make([]*string, n)
	groups, sources, sites := make([]string, n), make([]string, n), make([]string, n)
	bodies := make([]string, n)
	for i, r := range rows {
		at[i], groups[i], sources[i], sites[i] = r.At, r.Group, r.Source, r.Site
		bodies[i], predictions[i] = r.Body, r.Prediction
	}
	found, err := db.Query(ctx, insertion, now, at, groups, sources, sites, bodies, predictions)
	if err != nil {
		return nil, err
	}
	ids, err := pgx.AppendRows(make([]int64, 0, n), found, pgx.RowTo[int64])
	slices.Sort(ids) // the server does not promise the order in which it returns them
	return ids, err
}
