package sqlite

import (
	"context"
	"encoding/json"

	"vmmp/pkg/history"
	"vmmp/pkg/history/internal/table"
)

// append adds a batch within a transaction, unless its key says that it has been
// added before.
func (w *writer) append(ctx context.Context, b history.Batch, rows []table.Row) (history.Receipt, error) {
	if b.Key != "" {
		found, err := table.Replay(b, w.findBatch.QueryRowContext(ctx, table.KeyHash(b.Key)))
		if found.Replayed || err != nil {
			return found, err
		}
	}
	now := w.now().UnixMicro()
	receipt := history.Receipt{IDs: make([]int64, len(rows))}
	for i, r := range rows {
		result, err := w.insert.ExecContext(ctx, now, r.At, r.Group, r.Source, r.Body, r.Prediction)
		if err != nil {
			return history.Receipt{}, err
		}
		if receipt.IDs[i], err = result.LastInsertId(); err != nil {
			return history.Receipt{}, err
		}
	}
	if b.Key == "" {
		return receipt, nil
	}
	ids, err := json.Marshal(receipt.IDs)
	if err != nil {
		return history.Receipt{}, err
	}
	_, err = w.addBatch.ExecContext(ctx, table.KeyHash(b.Key), b.Digest[:], string(ids), now)
	return receipt, err
}
