package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"vmmp/pkg/history"
	"vmmp/pkg/history/stores"
	"vmmp/pkg/migration"
)

func init() {
	commands["keep"] = func() {
		if err := keepRows(os.Args[1], os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(exitFailed)
		}
	}
}

// keepRows makes a history and appends the rows of CSV files, as a program that
// scripts call:
//
//	keep HISTORY [FILE...]
func keepRows(location string, files []string) error {
	store, err := stores.Open(context.Background(), location)
	if err != nil {
		return err
	}
	for _, path := range files {
		file, openErr := os.Open(path)
		if openErr != nil {
			return openErr
		}
		records, _, readErr := migration.ReadCSV(file, migration.CSVOptions{Name: path})
		_, appendErr := store.Append(context.Background(), history.Batch{Entries: kept(records)})
		err = errors.Join(err, file.Close(), readErr, appendErr)
	}
	return errors.Join(err, store.Close())
}

func kept(records []migration.Record) []history.Entry {
	entries := make([]history.Entry, len(records))
	for i, r := range records {
		entries[i].Record = r
	}
	return entries
}

// Training reads every page of a history, in the order in which it was recorded,
// and leaves out what nobody knows the ending of.
func TestLearnable(t *testing.T) {
	store, err := stores.Open(t.Context(), filepath.Join(t.TempDir(), "history.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var all []migration.Record
	var want []string
	for i := range historyPage + 7 {
		r := migration.Record{Outcome: migration.UnknownOutcome(), Group: fmt.Sprint(i)}
		switch i % 5 {
		case 0:
			r.Outcome.DowntimeMS = 100
		case 1:
			r.Outcome.Status = migration.NotConverged
		case 2:
			r.Outcome.Status = migration.Forced
		case 3:
			r.Outcome.Status = migration.Failed
		}
		if i%5 < 3 {
			want = append(want, r.Group)
		}
		all = append(all, r)
	}
	if _, err := store.Append(t.Context(), history.Batch{Entries: kept(all)}); err != nil {
		t.Fatal(err)
	}
	records, left, err := learnable(t.Context(), store)
	var got []string
	for _, r := range records {
		got = append(got, r.Group)
	}
	if err != nil || left != len(all)-len(want) || !slices.Equal(got, want) {
		t.Errorf("%d records from %v on, %d left out, %v", len(got), got[:min(5, len(got))], left, err)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
	if _, _, err := learnable(t.Context(), store); !errors.Is(err, history.ErrClosed) {
		t.Errorf("of a closed store: %v", err)
	}
}
