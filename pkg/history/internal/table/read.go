package table

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"vmmp/pkg/history"
)

// Read returns entries by descending ID.
func (b *Base) Read(ctx context.Context, q history.Query) ([]history.Entry, error) {
	if err := b.Enter(); err != nil {
		return nil, err
	}
	defer b.Leave()
	entries, err := b.read(ctx, q)
	if err != nil {
		return nil, b.Fault(ctx, err)
	}
	return entries, nil
}

// read returns the entries that q chooses, or an error of the database or a Flaw.
func (b *Base) read(ctx context.Context, q history.Query) ([]history.Entry, error) {
	condition, args := where(q)
	query := "SELECT id, recorded_at, body, prediction FROM vmmp_entries" + condition + " ORDER BY id DESC LIMIT ?"
	rows, err := b.DB.QueryContext(ctx, b.Mark(query), append(args, q.PageSize())...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var entries []history.Entry
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, rows.Err()
}

// where returns the condition that chooses the entries of a query, and its arguments.
func where(q history.Query) (condition string, args []any) {
	var all []string
	add := func(one string, arg any) { all, args = append(all, one), append(args, arg) }
	if q.Before > 0 {
		add("id < ?", q.Before)
	}
	if q.Group != "" {
		add("grp = ?", q.Group)
	}
	if q.Source != "" {
		add("source = ?", string(q.Source))
	}
	if q.Site != "" {
		add("site = ?", q.Site)
	}
	if !q.Since.IsZero() {
		add("at >= ?", ceilMicro(q.Since))
	}
	if len(all) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(all, " AND "), args
}

// ceilMicro returns the first whole microsecond that is not before t.
func ceilMicro(t time.Time) int64 { return t.Add(time.Microsecond - 1).UnixMicro() }

func scanEntry(rows *sql.Rows) (history.Entry, error) {
	var id, recordedAt int64
	var body string
	var prediction *string
	if err := rows.Scan(&id, &recordedAt, &body, &prediction); err != nil {
		return history.Entry{}, err
	}
	e, err := decodeEntry(body, prediction)
	if err != nil {
		return history.Entry{}, damaged(fmt.Sprintf("migration %d", id), err)
	}
	e.ID, e.RecordedAt = id, time.UnixMicro(recordedAt).UTC()
	return e, nil
}

// damaged returns the error of something that holds what no vmmp wrote.
func damaged(what string, err error) error {
	return &Flaw{Err: fmt.Errorf("%s: %w", what, err), Fault: history.ErrDamaged}
}
