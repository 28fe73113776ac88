package sqlite

import (
	"context"
	"database/sql"

	"vmmp/pkg/history"
	"vmmp/pkg/history/internal/table"
)

// A store is a history in a file.
type store struct {
	table.Base
	connections pair
	writer      *writer
}

// newStore returns a store whose writer serves until Close.
func newStore(connections pair, w *writer) *store {
	s := &store{connections: connections, writer: w}
	s.Base = table.Base{
		Location: w.file.path, DB: connections.reads, Now: w.now, Exec: s.exec, Explain: explain,
		Mark: func(query string) string { return query },
	}
	go w.serve()
	return s
}

// Append makes a batch durable, together with others that wait.
func (s *store) Append(ctx context.Context, b history.Batch) (history.Receipt, error) {
	if err := s.Enter(); err != nil {
		return history.Receipt{}, err
	}
	defer s.Leave()
	rows, err := table.EncodeRows(b.Entries)
	if err != nil {
		return history.Receipt{}, err
	}
	var receipt history.Receipt
	err = s.perform(ctx, len(rows), func(ctx context.Context, w *writer) (err error) {
		receipt, err = w.append(ctx, b, rows)
		return err
	})
	if err != nil {
		return history.Receipt{}, err
	}
	return receipt, nil
}

// perform waits until the writer has run f in a transaction. If ctx ends before
// the writer has taken it, f is not run; afterwards ctx has no say.
func (s *store) perform(ctx context.Context, entries int, f func(context.Context, *writer) error) error {
	if err := ctx.Err(); err != nil {
		return table.Located(s.Location, err)
	}
	t := &task{entries: entries, run: f, done: make(chan error, 1)}
	select {
	case s.writer.queue <- t:
	case <-ctx.Done():
		return table.Located(s.Location, ctx.Err())
	}
	if err := <-t.done; err != nil {
		return s.Fault(context.WithoutCancel(ctx), err)
	}
	return nil
}

// Ping writes, so that it also finds a disk that is full.
func (s *store) Ping(ctx context.Context) error {
	if err := s.Enter(); err != nil {
		return err
	}
	defer s.Leave()
	return s.perform(ctx, 0, func(ctx context.Context, w *writer) error { return w.touch(ctx) })
}

// exec runs a statement in a transaction of the writer.
func (s *store) exec(ctx context.Context, query string, args ...any) (touched int64, err error) {
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

// Close waits for appends under way.
func (s *store) Close() error {
	if !s.End() {
		return nil
	}
	close(s.writer.queue)
	<-s.writer.done
	if err := s.connections.close(); err != nil {
		return s.Fault(context.Background(), err)
	}
	return nil
}
