package simulate

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/migration"
)

// A line of `simulate -o ndjson` has these fields and no more, null where unknown. A hit is what it is everywhere:
// off by at most a quarter.
func TestMigrationJSON(t *testing.T) {
	o := newOracle()
	for name, test := range map[string]struct {
		outcome migration.Outcome
		want    string
	}{
		"switched over":        {completed(80), `"outcome":{"downtime_ms":80,"total_time_ms":null,"transferred_mib":null,"rounds":null,"status":"completed"},"error":0.25,"hit":true,"within_25_percent":true,"interval_held":true}`},
		"held by the interval": {completed(160), `"outcome":{"downtime_ms":160,"total_time_ms":null,"transferred_mib":null,"rounds":null,"status":"completed"},"error":0.375,"hit":false,"within_25_percent":false,"interval_held":true}`},
		"given up":             {givenUp(), `"outcome":{"downtime_ms":null,"total_time_ms":null,"transferred_mib":null,"rounds":null,"status":"not_converged"},"error":null,"hit":null,"within_25_percent":null,"interval_held":null}`},
	} {
		text, err := json.Marshal(newMigration(o.prediction, migration.Record{Features: vm(), Outcome: test.outcome}))
		if err != nil {
			t.Fatal(err)
		}
		prediction, err := json.Marshal(o.prediction)
		if err != nil {
			t.Fatal(err)
		}
		want := `{"features":{"cpu_load":75,"memory_usage":68},"prediction":` + string(prediction) + `,` + test.want
		if string(text) != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, text, want)
		}
	}
}

func TestRecordIsWhatTheBackEndTold(t *testing.T) {
	equateNaN := cmp.Comparer(func(a, b float64) bool { return a == b || a != a && b != b })
	for _, o := range []migration.Outcome{completed(80), givenUp(), {DowntimeMS: 1, TotalTimeMS: 2, TransferredMiB: 3, Rounds: 4, Status: migration.Completed}} {
		m := newMigration(newOracle().prediction, migration.Record{Features: vm(), Outcome: o, Group: "web", Source: migration.SourceLab})
		r := m.Record()
		if diff := cmp.Diff(o, r.Outcome, equateNaN); diff != "" || !r.Features.Equal(vm()) || r.Source != migration.SourceLab || r.Group != "web" || r.PredictionID != "p1.x" {
			t.Errorf("recorded %+v: %s", r, diff)
		}
	}
}
