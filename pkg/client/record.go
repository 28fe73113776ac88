package client

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"vmmp/pkg/migration"
)

// maxBodyBytes is the largest body that POST /migrations takes.
const maxBodyBytes = 1 << 20

// Record sends what came of migrations for the server to record, by POST /migrations, as many at a time as it takes. A
// request that is tried again is recorded once; Record called again records again. The location of a fault is that in
// its request, such as body[3].downtime_ms for the fourth migration of it. Where there is more than one request, the
// error says which migrations were not recorded, nor any after them.
func (c *Client) Record(ctx context.Context, records []migration.Record) error {
	all, err := batches(records)
	if err != nil {
		return err
	}
	done := 0
	for _, b := range all {
		if _, err := c.recordBatch(ctx, b, rand.Text()); err != nil && len(all) > 1 {
			return fmt.Errorf("record migrations %d to %d of %d: %w", done+1, done+b.count, len(records), err)
		} else if err != nil {
			return err
		}
		done += b.count
	}
	return nil
}

// RecordOnce sends what came of one migration under a key of the caller's, of at most 255 printable characters. Sent
// again, within a day at least, it is not recorded again, and before is true; the error is an Error with the fault
// header.Idempotency-Key where the key stands for another record. Else it does the same as Record.
func (c *Client) RecordOnce(ctx context.Context, r migration.Record, key string) (before bool, err error) {
	all, err := batches([]migration.Record{r})
	if err != nil {
		return false, err
	}
	return c.recordBatch(ctx, all[0], key)
}

// recordBatch sends one body, and reports whether it had been recorded before.
func (c *Client) recordBatch(ctx context.Context, b batch, key string) (before bool, err error) {
	const path = "migrations"
	a, err := c.send(ctx, path, b.body, key)
	if err != nil {
		return false, err
	}
	var receipt struct {
		Recorded int `json:"recorded"`
	}
	if err := json.Unmarshal(a.body, &receipt); err != nil || receipt.Recorded != b.count {
		return false, fmt.Errorf("the answer of %s does not say that it recorded %s", c.shown(path), b.size())
	}
	return a.header.Get("Idempotent-Replayed") == "true", nil
}

// batch is a body of POST /migrations.
type batch struct {
	body  []byte
	count int
}

// batches returns the bodies that hold records, in their order.
func batches(records []migration.Record) ([]batch, error) {
	var all []batch
	for i := range records {
		text, err := records[i].MarshalJSON()
		if err != nil {
			return nil, fmt.Errorf("record migration %d: %w", i+1, err)
		}
		if n := len(all); n == 0 || len(all[n-1].body)+len(text)+len(",") > maxBodyBytes {
			all = append(all, batch{body: []byte("[]")})
		}
		all[len(all)-1].add(text)
	}
	return all, nil
}

// add appends one more migration to the array.
func (b *batch) add(record []byte) {
	b.body = b.body[:len(b.body)-len("]")]
	if b.count > 0 {
		b.body = append(b.body, ',')
	}
	b.body = append(append(b.body, record...), ']')
	b.count++
}

// size returns how many migrations there are, in words.
func (b *batch) size() string {
	if b.count == 1 {
		return "1 migration"
	}
	return fmt.Sprintf("%d migrations", b.count)
}
