package population

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"vmmp/pkg/migration"
)

// extreme draws valid features, most of them at a bound of the table.
func extreme(t *rapid.T) migration.Features {
	var x migration.Features
	for _, d := range migration.Definitions {
		if d.Kind == migration.Points || !rapid.Bool().Draw(t, d.Name+" known") {
			continue
		}
		v := rapid.SampledFrom([]float64{d.Min, d.Max, d.Min + (d.Max-d.Min)/1024}).Draw(t, d.Name)
		if d.Kind != migration.Number {
			v = math.Round(v)
		}
		x.Set(d.Feature, v)
	}
	if rapid.Bool().Draw(t, "curve known") {
		x.SetPoints(rapid.SampledFrom([][]migration.Point{
			{{Seconds: 0.001, MiB: 0}},
			{{Seconds: 1e6, MiB: 67108864}},
			{{Seconds: 0.001, MiB: 67108864}},
			{{Seconds: 0.001, MiB: 0}, {Seconds: 1e6, MiB: 67108864}},
			{{Seconds: 0.1, MiB: 3}, {Seconds: 0.3, MiB: 3}, {Seconds: 10, MiB: 3}},
		}).Draw(t, "curve"))
	}
	return x
}

func TestLikeOfExtremesIsPossible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := extreme(t)
		if faults := x.CheckBounds(); len(faults) > 0 {
			t.Fatalf("not valid: %v", faults)
		}
		for i, d := range likes(2, x, rapid.Uint64().Draw(t, "seed")) {
			for name, o := range map[string]migration.Outcome{"outcome": d.Outcome, "untimed": d.Untimed} {
				if fault := impossible(o); fault != "" {
					t.Fatalf("%s %s of migration %d: %+v", fault, name, i, o)
				}
			}
			if completed := d.NoiselessMS > 0; !completed && !math.IsNaN(d.NoiselessMS) || math.IsInf(d.NoiselessMS, 0) {
				t.Fatalf("noiseless downtime %g ms", d.NoiselessMS)
			}
		}
	})
}

// impossible says what no migration can have come to, or nothing.
func impossible(o migration.Outcome) string {
	switch {
	case o.Status == migration.Failed && !math.IsNaN(o.TotalTimeMS): // it was interrupted
		return ""
	case o.Status != migration.Completed && o.Status != migration.NotConverged:
		return "no physics in the"
	case !(o.TotalTimeMS >= 0 && o.TransferredMiB >= 0 && o.Rounds >= 1):
		return "unknown or negative"
	case math.IsInf(o.TotalTimeMS+o.TransferredMiB+o.Rounds, 0):
		return "infinite"
	case (o.Status == migration.Completed) != (o.DowntimeMS > 0) || math.IsInf(o.DowntimeMS, 0):
		return "paused without switching over, or the reverse, in the"
	}
	return ""
}
