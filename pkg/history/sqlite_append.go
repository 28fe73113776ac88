package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
)

// Append makes a batch durable, together with others that wait.
func (s *sqliteStore) Append(ctx context.Context, b Batch) (Receipt, error) {
	if err := s.enter(); err != nil {
		return Receipt{}, located(s.path, err)
	}
	defer s.leave()
	rows, err := encodeRows(b.Entries)
	if err != nil {
		return Receipt{}, err
	}
	var receipt Receipt
	err = s.perform(ctx, len(rows), func(ctx context.Context, w *writer) (err error) {
		receipt, err = w.append(ctx, b, rows)
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	return receipt, nil
}

// perform waits until the writer has run f in a transaction. If ctx ends before
// the writer has taken it, f is not run; afterwards ctx has no say.
func (s *sqliteStore) perform(ctx context.Context, entries int, f func(context.Context, *writer) error) error {
	if err := ctx.Err(); err != nil {
		return located(s.path, err)
	}
	t := &task{entries: entries, run: f, done: make(chan error, 1)}
	select {
	case s.queue <- t:
	case <-ctx.Done():
		return located(s.path, ctx.Err())
	}
	err := <-t.done
	if err != nil && !errors.Is(err, ErrKeyReused) {
		return s.fault(context.WithoutCancel(ctx), err)
	}
	return err
}

// append adds a batch within a transaction, unless its key says that it has been
// added before.
func (w *writer) append(ctx context.Context, b Batch, rows []row) (Receipt, error) {
	if b.Key != "" {
		found, err := replay(b, w.findBatch.QueryRowContext(ctx, keyHash(b.Key)))
		if found.Replayed || err != nil {
			return found, err
		}
	}
	now := w.store.now().UnixMicro()
	receipt := Receipt{IDs: make([]int64, len(rows))}
	for i, r := range rows {
		result, err := w.insert.ExecContext(ctx, now, r.at, r.group, r.source, r.body, r.prediction)
		if err != nil {
			return Receipt{}, err
		}
		if receipt.IDs[i], err = result.LastInsertId(); err != nil {
			return Receipt{}, err
		}
	}
	if b.Key == "" {
		return receipt, nil
	}
	ids, err := json.Marshal(receipt.IDs)
	if err != nil {
		return Receipt{}, err
	}
	_, err = w.addBatch.ExecContext(ctx, keyHash(b.Key), b.Digest[:], string(ids), now)
	return receipt, err
}

// Ping writes, so that it also finds a disk that is full.
func (s *sqliteStore) Ping(ctx context.Context) error {
	if err := s.enter(); err != nil {
		return located(s.path, err)
	}
	defer s.leave()
	return s.perform(ctx, 0, func(ctx context.Context, w *writer) error { return w.touch(ctx) })
}

// Prune deletes in several transactions, so that appends get their turn.
func (s *sqliteStore) Prune(ctx context.Context, keep Retention) (int64, error) {
	if err := s.enter(); err != nil {
		return 0, located(s.path, err)
	}
	defer s.leave()
	return pruner{reader: s.reader, exec: s.exec}.prune(ctx, keep, s.now())
}

// exec runs a statement in a transaction of the writer.
func (s *sqliteStore) exec(ctx context.Context, query string, args ...any) (touched int64, err error) {
	err = s.perform(ctx, 0, func(ctx context.Context, w *writer) error {
		var result sql.Result
		if result, err = w.conn.ExecContext(ctx, query, args...); err != nil {
			return err
		}
		touched, err = result.RowsAffected()
		return err
	})
	if err != nil {
		return 0, err
	}
	return touched, nil
}
