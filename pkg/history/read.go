package history

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// reader reads entries from either database.
type reader struct {
	db    *sql.DB
	mark  func(query string) string          // question marks made the database's own
	fault func(context.Context, error) error // an error made one of this package
}

func (r reader) read(ctx context.Context, q Query) ([]Entry, error) {
	where, args := q.where()
	query := "SELECT id, recorded_at, body, prediction FROM vmmp_entries" + where + " ORDER BY id DESC LIMIT ?"
	rows, err := r.db.QueryContext(ctx, r.mark(query), append(args, q.limit())...)
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var entries []Entry
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return nil, r.fault(ctx, err)
		}
		entries = append(entries, e)
	}
	if err := rows.Err(); err != nil {
		return nil, r.fault(ctx, err)
	}
	return entries, nil
}

// where is the condition that chooses the entries of a query, and its arguments.
func (q Query) where() (condition string, args []any) {
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
	if !q.Since.IsZero() {
		add("at >= ?", ceilMicro(q.Since))
	}
	if len(all) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(all, " AND "), args
}

// ceilMicro is the first whole microsecond that is not before t.
func ceilMicro(t time.Time) int64 { return t.Add(time.Microsecond - 1).UnixMicro() }

func scanEntry(rows *sql.Rows) (Entry, error) {
	var id, recordedAt int64
	var body string
	var prediction *string
	if err := rows.Scan(&id, &recordedAt, &body, &prediction); err != nil {
		return Entry{}, err
	}
	e, err := decodeEntry(body, prediction)
	if err != nil {
		return Entry{}, damagedRow{fmt.Sprintf("migration %d", id), err}
	}
	e.ID, e.RecordedAt = id, time.UnixMicro(recordedAt).UTC()
	return e, nil
}

// damagedRow is the error of a row that holds what no vmmp wrote.
type damagedRow struct {
	what string
	err  error
}

func (d damagedRow) Error() string { return d.what + ": " + d.err.Error() }
func (d damagedRow) Unwrap() error { return d.err }

// numbered marks the arguments of a query as PostgreSQL does: $1, $2.
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
