package history

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// fullEntry is an entry of which everything is known.
func fullEntry(group string) Entry {
	var x migration.Features
	for f, v := range map[migration.Feature]float64{
		migration.CPULoad: 75.25, migration.MemoryUsage: 68, migration.NetworkBandwidth: 10000, migration.MemoryMiB: 4096,
		migration.VCPUs: 4, migration.DirtyRate: 0.1 + 0.2, migration.DowntimeLimitMS: 300, migration.AutoConverge: 1,
	} {
		x.Set(f, v)
	}
	x.SetPoints([]migration.Point{{Seconds: 0.1, MiB: 3.4}, {Seconds: 1, MiB: 12}})
	total := 8120.4
	return Entry{
		Record: migration.Record{
			Features: x,
			Outcome: migration.Outcome{
				DowntimeMS: 156.25, TotalTimeMS: 8000, TransferredMiB: 5000.5, Rounds: 7, Status: migration.Completed,
			},
			Group: group, Source: migration.SourceLibvirt, PredictionID: "p.1",
			At: time.Date(2026, 3, 1, 10, 20, 30, 123456789, time.FixedZone("", 3600)),
		},
		Prediction: &PastPrediction{Model: "3f2a9c41d0e7", Afterwards: true, Summary: prediction.Summary{
			DowntimeMS: 150, LowerMS: 121, UpperMS: 204.5, Confidence: 0.87,
			TotalTimeMS: &total, ConvergenceProbability: 0.97,
		},
		},
	}
}

// emptyEntry is an entry of which nothing is known.
func emptyEntry() Entry { return Entry{Record: migration.Record{Outcome: migration.UnknownOutcome()}} }

// entries compares what was read with what was appended: times to the microsecond
// and as instants in UTC, unknown numbers as equal.
var entries = cmp.Options{
	cmp.AllowUnexported(migration.Features{}),
	cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }),
	cmp.Comparer(func(a, b migration.Features) bool { return string(mustJSON(a)) == string(mustJSON(b)) }),
}

func mustJSON(x migration.Features) []byte {
	text, err := x.MarshalJSON()
	if err != nil {
		panic(err)
	}
	return text
}

// kept is what is read of an entry that was appended.
func kept(e Entry, id int64, recordedAt time.Time) Entry {
	e.ID, e.RecordedAt = id, recordedAt
	e.At = e.At.UTC().Truncate(time.Microsecond)
	return e
}

func TestEncodeRow(t *testing.T) {
	for name, e := range map[string]Entry{"full": fullEntry("web-1"), "empty": emptyEntry()} {
		t.Run(name, func(t *testing.T) {
			rows, err := encodeRows([]Entry{e})
			if err != nil {
				t.Fatal(err)
			}
			got, err := decodeEntry(rows[0].body, rows[0].prediction)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(kept(e, 0, time.Time{}), got, entries); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzDecodeEntry reads a row that holds whatever bytes: it is refused, or an entry
// that could be appended as it is.
func FuzzDecodeEntry(f *testing.F) {
	for _, e := range []Entry{fullEntry("web-1"), emptyEntry()} {
		r, err := encodeRow(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(r.body, "null")
		if r.prediction != nil {
			f.Add(r.body, *r.prediction)
		}
	}
	f.Add(`{"cpu_load": 1e400}`, `{"lower": "a"}`)
	f.Add("\xff", "[]")
	f.Add(`{"at": "0000-01-01T00:00:00.1234567+23:59", "group": " a "}`, `{"lower": 1e999}`)
	f.Fuzz(func(t *testing.T, body, prediction string) {
		got, err := decodeEntry(body, &prediction)
		if err != nil {
			return
		}
		r, err := encodeRow(got)
		if err != nil {
			t.Fatal(err)
		}
		again, err := decodeEntry(r.body, r.prediction)
		if diff := cmp.Diff(kept(got, 0, time.Time{}), again, entries); diff != "" || err != nil {
			t.Error(err, diff)
		}
	})
}
