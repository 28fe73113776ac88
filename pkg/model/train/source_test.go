package train

import (
	"testing"

	"vmmp/pkg/migration"
)

func TestSourceIsWhatTheRowsHold(t *testing.T) {
	rows := func(seed uint64) []migration.Record {
		var records []migration.Record
		for _, e := range draw(5, seed) {
			records = append(records, e.Record)
		}
		return records
	}
	a, again := NewSource("fleet", rows(1), 7), NewSource("fleet", rows(1), 7)
	if a != again || a.Rows != 5 || a.Name != "fleet" || a.Seed != 7 || len(a.SHA256) != 64 {
		t.Errorf("source %+v, then %+v", a, again)
	}
	changed := rows(1)
	changed[4].Outcome.Rounds++
	for name, other := range map[string][]migration.Record{"other rows": rows(2), "fewer": rows(1)[:4], "one changed": changed, "none": nil} {
		if NewSource("fleet", other, 7).SHA256 == a.SHA256 {
			t.Errorf("%s have the same hash", name)
		}
	}
}
