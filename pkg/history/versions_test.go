package history

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

func testNewerFields(t *testing.T, location string) {
	s := open(t, location, time.Now)
	id := add(t, s, fullEntry("a"))[0]
	execute(t, s, "UPDATE vmmp_entries SET body = ?, prediction = ?",
		`{"cpu_load": 7, "huge_pages": {"of": ["tomorrow"]}, "downtime_ms": 12}`, `{"model": "m", "predicted_downtime": 3, "mood": "good"}`)
	got := collect(t, s, Query{})
	if len(got) != 1 || got[0].ID != id || got[0].Outcome.DowntimeMS != 12 || got[0].Features.Get(migration.CPULoad) != 7 ||
		!cmp.Equal(got[0].Prediction, &PastPrediction{Model: "m", Summary: prediction.Summary{DowntimeMS: 3}}) {
		t.Errorf("%+v", got)
	}
}

func testNewerSchema(t *testing.T, location string) {
	s := open(t, location, time.Now)
	execute(t, s, "INSERT INTO vmmp_schema (version_id, is_applied) VALUES (?, ?)", 99, true)
	_, err := Open(t.Context(), location)
	if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), "version 99") || !strings.Contains(err.Error(), "upgrade vmmp") {
		t.Errorf("%v", err)
	}
}

// A start that was killed between two steps is completed by the next.
func testInterruptedStart(t *testing.T, location string) {
	s := open(t, location, time.Now)
	execute(t, s, "DELETE FROM vmmp_schema WHERE version_id > 0")
	for _, table := range []string{"vmmp_entries", "vmmp_batches", "vmmp_pings"} {
		_, err := s.(interface {
			exec(context.Context, string, ...any) (int64, error)
		}).exec(t.Context(), "DROP TABLE IF EXISTS "+table)
		if err != nil {
			t.Fatal(err)
		}
	}
	shut(t, s)
	add(t, open(t, location, time.Now), fullEntry("a"))
}

func testDamagedRows(t *testing.T, location string) {
	s := open(t, location, time.Now)
	id := add(t, s, fullEntry("a"))[0]
	for _, damage := range []string{
		`body = '[]'`, `body = 'null'`, `body = '{"cpu_load": "hot"}'`, `body = '{"cpu_load": 1e99}'`,
		`body = '{}', prediction = '[]'`, `body = '{}', prediction = '{"model": 7}'`,
	} {
		execute(t, s, "UPDATE vmmp_entries SET "+damage)
		_, err := s.Read(t.Context(), Query{})
		if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), fmt.Sprintf("migration %d", id)) ||
			!strings.HasPrefix(err.Error(), Redact(location)+": history is damaged: ") {
			t.Errorf("%s: %v", damage, err)
		}
	}
	if _, err := s.Append(t.Context(), Batch{Key: "key"}); err != nil {
		t.Error(err)
	}
	execute(t, s, "UPDATE vmmp_batches SET ids = 'x'")
	if _, err := s.Append(t.Context(), Batch{Key: "key"}); !errors.Is(err, ErrDamaged) {
		t.Errorf("ids: %v", err)
	}
}
