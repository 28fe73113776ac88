package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vmmp/pkg/history"
	"vmmp/pkg/history/internal/table"
)

// The bounds of a group: what shares one transaction, and so one sync of the disk.
// A single batch may be larger.
const (
	groupTasks   = 256
	groupEntries = 1024
)

// A task is something to be done in a transaction of the writer.
type task struct {
	entries int // that it appends
	run     func(context.Context, *writer) error
	done    chan error // takes one
}

// A writer is the one goroutine that writes to a file.
type writer struct {
	file  file
	now   func() time.Time
	conn  *sql.Conn
	queue chan *task
	done  chan struct{} // closed when the writer has ended

	begin, commit, rollback     *sql.Stmt
	insert, findBatch, addBatch *sql.Stmt
	ping                        *sql.Stmt
	statements                  []*sql.Stmt // all of them
}

// newWriter returns a writer on a connection of db, and an error if it cannot write.
func newWriter(ctx context.Context, db *sql.DB, f file, now func() time.Time) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{file: f, now: now, conn: conn, queue: make(chan *task), done: make(chan struct{})}
	if err := w.start(ctx); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// start makes the statements and tries to write.
func (w *writer) start(ctx context.Context) (err error) {
	for statement, query := range map[**sql.Stmt]string{
		&w.begin:    "BEGIN IMMEDIATE",
		&w.commit:   "COMMIT",
		&w.rollback: "ROLLBACK",
		&w.insert: `INSERT INTO vmmp_entries (recorded_at, at, grp, source, site, body, prediction)
			VALUES (?, ?, ?, ?, ?, ?, ?)`,
		&w.findBatch: "SELECT digest, ids FROM vmmp_batches WHERE key = ?",
		&w.ping:      "UPDATE vmmp_pings SET at = ?",
		&w.addBatch:  "INSERT INTO vmmp_batches (key, digest, ids, created_at) VALUES (?, ?, ?, ?)",
	} {
		if *statement, err = w.conn.PrepareContext(ctx, query); err != nil { //nolint:sqlclosecheck // close does
			return err
		}
		w.statements = append(w.statements, *statement)
	}
	return w.try(ctx)
}

// try finds out whether a transaction is possible. That another process is in the
// middle of one is no reason to wait: it shows that it is.
func (w *writer) try(ctx context.Context) error {
	if _, err := w.conn.ExecContext(ctx, "PRAGMA busy_timeout = 0"); err != nil {
		return err
	}
	tried := w.transact(ctx, func() error {
		if err := w.touch(ctx); err != nil {
			return err
		}
		return errTried
	})
	if !errors.Is(tried, errTried) && !errors.Is(fault(tried), history.ErrBusy) {
		return tried
	}
	_, err := w.conn.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout = %d", patience.Milliseconds()))
	return err
}

// errTried rolls back a transaction that was only to show that it is possible.
var errTried = errors.New("tried")

// touch changes a row that means nothing.
func (w *writer) touch(ctx context.Context) error {
	_, err := w.ping.ExecContext(ctx, w.now().UnixMicro())
	return err
}

// close gives the connection back to its pool. A connection with statements would
// never be closed.
func (w *writer) close() {
	for _, s := range w.statements {
		s.Close() //nolint:errcheck // of a statement it tells how the last use ended
	}
	w.conn.Close() //nolint:errcheck // it only goes back to its pool
}

// serve does tasks until the queue is closed.
func (w *writer) serve() {
	defer close(w.done)
	for first := range w.queue {
		w.do(w.gather(first))
	}
	w.close()
}

// gather returns first and all tasks that are waiting, up to the bounds of a group. The queue
// has no buffer: whoever waits in front of it may still leave, and whoever is
// taken from it is in the group.
func (w *writer) gather(first *task) []*task {
	group, entries := []*task{first}, first.entries
	for len(group) < groupTasks && entries < groupEntries {
		select {
		case t, ok := <-w.queue:
			if !ok {
				return group
			}
			group, entries = append(group, t), entries+t.entries
		default:
			return group
		}
	}
	return group
}

// do runs a group in one transaction and tells each task how it ended. A reused
// key is its task's own fault, all others are the group's.
func (w *writer) do(group []*task) {
	ctx := context.Background() // since a group serves several callers
	reused := make([]error, len(group))
	err := w.transact(ctx, func() error {
		for i, t := range group {
			err := t.run(ctx, w)
			if errors.Is(err, history.ErrKeyReused) {
				reused[i] = err
			} else if err != nil {
				return err
			}
		}
		return nil
	})
	for i, t := range group {
		if err != nil {
			t.done <- err
		} else {
			t.done <- reused[i]
		}
	}
}

// transact runs f in a transaction, which is on disk if the error is nil and without
// effect otherwise.
func (w *writer) transact(ctx context.Context, f func() error) error {
	if err := w.file.inPlace(); err != nil {
		return err
	}
	if _, err := w.begin.ExecContext(ctx); err != nil {
		return err
	}
	err := f()
	if err == nil {
		_, err = w.commit.ExecContext(ctx)
	}
	if err != nil {
		// SQLite itself may have rolled back, then this fails and nothing is lost.
		w.rollback.ExecContext(context.WithoutCancel(ctx)) //nolint:errcheck // see above
	}
	return err
}

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
		result, err := w.insert.ExecContext(ctx, now, r.At, r.Group, r.Source, r.Site, r.Body, r.Prediction)
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
