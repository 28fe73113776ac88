package historytest

import (
	"math"
	"time"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/history"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// FullEntry returns an entry of which everything is known.
func FullEntry(group string) history.Entry {
	var x migration.Features
	for f, v := range map[migration.Feature]float64{
		migration.CPULoad: 75.25, migration.MemoryUsage: 68, migration.NetworkBandwidth: 10000, migration.MemoryMiB: 4096,
		migration.VCPUs: 4, migration.DirtyRate: 0.1 + 0.2, migration.DowntimeLimitMS: 300, migration.AutoConverge: 1,
	} {
		x.Set(f, v)
	}
	x.SetPoints([]migration.Point{{Seconds: 0.1, MiB: 3.4}, {Seconds: 1, MiB: 12}})
	total := 8120.4
	return history.Entry{
		Record: migration.Record{
			Features: x,
			Outcome: migration.Outcome{
				DowntimeMS: 156.25, TotalTimeMS: 8000, TransferredMiB: 5000.5, Rounds: 7, Status: migration.Completed,
			},
			Group: group, Source: migration.SourceLibvirt, Site: "rack 4", PredictionID: "p.1",
			At: time.Date(2026, 3, 1, 10, 20, 30, 123456789, time.FixedZone("", 3600)),
		},
		Prediction: &history.PastPrediction{Model: "3f2a9c41d0e7", Afterwards: true, Summary: prediction.Summary{
			DowntimeMS: 150, LowerMS: 121, UpperMS: 204.5, Confidence: 0.87,
			TotalTimeMS: &total, ConvergenceProbability: 0.97,
		},
		},
	}
}

// EmptyEntry returns an entry of which nothing is known.
func EmptyEntry() history.Entry {
	return history.Entry{Record: migration.Record{Outcome: migration.UnknownOutcome()}}
}

// Equal compares what was read with what was appended: times to the microsecond
// and as instants in UTC, unknown numbers as equal.
var Equal = cmp.Options{
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

// Kept returns what is read of an entry that was appended.
func Kept(e history.Entry, id int64, recordedAt time.Time) history.Entry {
	e.ID, e.RecordedAt = id, recordedAt
	e.At = e.At.UTC().Truncate(time.Microsecond)
	return e
}
