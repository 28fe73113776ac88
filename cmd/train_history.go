package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"vmmp/pkg/history"
	"vmmp/pkg/history/stores"
	"vmmp/pkg/migration"
	"vmmp/pkg/model/train"
)

// historyPage is how many entries of a history are read at a time.
const historyPage = 1000

// readHistory reads the migrations of a history that something can be learned
// from, the oldest first. A history that is not there is not made.
func readHistory(ctx context.Context, e *env, location string) ([]migration.Record, error) {
	if history.IsFile(location) {
		var reason *fs.PathError
		if _, err := os.Stat(location); errors.As(err, &reason) {
			return nil, usage(fmt.Errorf("--history %q cannot be read: %w", location, reason.Err))
		}
	}
	store, err := stores.Open(ctx, location)
	if err != nil {
		return nil, historyFault(fmt.Errorf("--history %w", err))
	}
	records, left, err := learnable(ctx, store)
	if err = errors.Join(err, store.Close()); err != nil {
		return nil, historyFault(fmt.Errorf("--history %w", err))
	}
	name := history.Redact(location)
	if len(records) == 0 {
		return nil, usage(fmt.Errorf("--history %s holds no migration to learn from (%d without downtime or ending): "+
			"record some first", name, left))
	}
	if left > 0 {
		fmt.Fprintf(e.stderr, "vmmp: %s: left out migrations without downtime or ending: %d\n", name, left)
	}
	noticeContradictions(e, name, records)
	return records, nil
}

// learnable reads the migrations that something can be learned from, and counts the others.
func learnable(ctx context.Context, store history.Store) (records []migration.Record, left int, err error) {
	for entry, err := range history.All(ctx, store, history.Query{Limit: historyPage}) {
		if err != nil {
			return nil, 0, err
		}
		if train.Learnable(&entry.Outcome) {
			records = append(records, entry.Record)
		} else {
			left++
		}
	}
	slices.Reverse(records)
	return records, left, nil
}
