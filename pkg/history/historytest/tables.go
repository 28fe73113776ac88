package historytest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/history"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// An Execute changes a database behind the store's back and returns how many rows it
// changed.
type Execute func(ctx context.Context, s history.Store, query string, args ...any) (int64, error)

// RunTables tests a store that keeps its entries in the tables vmmp_entries,
// vmmp_batches and vmmp_schema: what it makes of rows that a newer vmmp wrote, that are
// damaged, or that an interrupted start left behind.
func RunTables(t *testing.T, open Opener, place func(*testing.T) string, exec Execute) {
	run(t, open, place, map[string]func(*testing.T, Opener, string){
		"fields of a newer":  exec.testNewerFields,
		"schema of a newer":  exec.testNewerSchema,
		"interrupted start":  exec.testInterruptedStart,
		"damaged rows":       exec.testDamagedRows,
		"schema of an older": exec.testOlderSchema,
	})
}

// must runs a statement that changes something.
func (exec Execute) must(t testing.TB, s history.Store, query string, args ...any) {
	t.Helper()
	n, err := exec(t.Context(), s, query, args...)
	if err != nil || n == 0 {
		t.Fatalf("%s: %d rows, %v", query, n, err)
	}
}

func (exec Execute) testNewerFields(t *testing.T, open Opener, location string) {
	s := open.Must(t, location, time.Now)
	id := Add(t, s, FullEntry("a"))[0]
	exec.must(t, s, "UPDATE vmmp_entries SET body = ?, prediction = ?",
		`{"cpu_load": 7, "from_tomorrow": {"of": ["tomorrow"]}, "downtime_ms": 12}`,
		`{"model": "m", "predicted_downtime": 3, "mood": "good"}`)
	got := Collect(t, s, history.Query{})
	if len(got) != 1 || got[0].ID != id ||
		got[0].Outcome.DowntimeMS != 12 || got[0].Features.Get(migration.CPULoad) != 7 ||
		!cmp.Equal(got[0].Prediction, &history.PastPrediction{Model: "m", Summary: prediction.Summary{DowntimeMS: 3}}) {
		t.Errorf("%+v", got)
	}
}

func (exec Execute) testNewerSchema(t *testing.T, open Opener, location string) {
	s := open.Must(t, location, time.Now)
	exec.must(t, s, "INSERT INTO vmmp_schema (version_id, is_applied) VALUES (?, ?)", 99, true)
	_, err := open(t.Context(), location, time.Now)
	if !errors.Is(err, history.ErrNewer) ||
		!strings.Contains(err.Error(), "version 99") || !strings.Contains(err.Error(), "upgrade vmmp") {
		t.Errorf("%v", err)
	}
}

// A start that was killed between two steps is completed by the next.
func (exec Execute) testInterruptedStart(t *testing.T, open Opener, location string) {
	s := open.Must(t, location, time.Now)
	exec.must(t, s, "DELETE FROM vmmp_schema WHERE version_id > 0")
	for _, table := range []string{"vmmp_entries", "vmmp_batches", "vmmp_pings"} {
		if _, err := exec(t.Context(), s, "DROP TABLE IF EXISTS "+table); err != nil {
			t.Fatal(err)
		}
	}
	Close(t, s)
	Add(t, open.Must(t, location, time.Now), FullEntry("a"))
}

// A history from before migrations had a site is brought up to date with all that it holds.
func (exec Execute) testOlderSchema(t *testing.T, open Opener, location string) {
	s := open.Must(t, location, time.Now)
	old := EmptyEntry()
	old.Group = "old"
	id := Add(t, s, old)[0]
	exec.must(t, s, "DELETE FROM vmmp_schema WHERE version_id > 1")
	for _, query := range []string{"DROP INDEX vmmp_entries_site", "ALTER TABLE vmmp_entries DROP COLUMN site"} {
		if _, err := exec(t.Context(), s, query); err != nil {
			t.Fatal(err)
		}
	}
	Close(t, s)
	s = open.Must(t, location, time.Now)
	newer := FullEntry("new")
	Add(t, s, newer)
	if got := Groups(Collect(t, s, history.Query{})); !slices.Equal(got, []string{"new", "old"}) {
		t.Errorf("it holds %v", got)
	}
	if got := Collect(t, s, history.Query{Site: newer.Site}); len(got) != 1 || got[0].Site != newer.Site {
		t.Errorf("by its site %+v", got)
	}
	if got := Collect(t, s, history.Query{Group: "old"}); len(got) != 1 || got[0].ID != id || got[0].Site != "" {
		t.Errorf("what was there is %+v", got)
	}
}

func (exec Execute) testDamagedRows(t *testing.T, open Opener, location string) {
	s := open.Must(t, location, time.Now)
	id := Add(t, s, FullEntry("a"))[0]
	for _, damage := range []string{
		`body = '[]'`, `body = 'null'`, `body = '{"cpu_load": "hot"}'`, `body = '{"cpu_load": 1e99}'`,
		`body = '{}', prediction = '[]'`, `body = '{}', prediction = '{"model": 7}'`,
	} {
		exec.must(t, s, "UPDATE vmmp_entries SET "+damage)
		_, err := s.Read(t.Context(), history.Query{})
		if !errors.Is(err, history.ErrDamaged) || !strings.Contains(err.Error(), fmt.Sprintf("migration %d", id)) ||
			!strings.HasPrefix(err.Error(), history.Redact(location)+": history is damaged: ") {
			t.Errorf("%s: %v", damage, err)
		}
	}
	if _, err := s.Append(t.Context(), history.Batch{Key: "key"}); err != nil {
		t.Error(err)
	}
	exec.must(t, s, "UPDATE vmmp_batches SET ids = 'x'")
	if _, err := s.Append(t.Context(), history.Batch{Key: "key"}); !errors.Is(err, history.ErrDamaged) {
		t.Errorf("ids: %v", err)
	}
}
