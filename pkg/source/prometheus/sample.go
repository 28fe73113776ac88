package prometheus

import (
	"math"

	"vmmp/pkg/migration"
)

// sampleField is one of what a migration tells while it runs, by its name in a mapping and the unit that it is kept in.
type sampleField struct {
	name string
	unit string
	set  func(*migration.Sample, float64)
}

var samples = []sampleField{
	{"seconds", "s", func(s *migration.Sample, v float64) { s.Seconds = v }},
	{"remaining_mib", "MiB", func(s *migration.Sample, v float64) { s.RemainingMiB = v }},
	{"transferred_mib", "MiB", func(s *migration.Sample, v float64) { s.TransferredMiB = v }},
	{"dirty_rate", "MiB/s", func(s *migration.Sample, v float64) { s.DirtyRate = v }},
	{"rounds", "", func(s *migration.Sample, v float64) { s.Rounds = int(v) }},
	{"mbps", "Mbps", func(s *migration.Sample, v float64) { s.Mbps = v }},
	{"expected_downtime_ms", "ms", func(s *migration.Sample, v float64) { s.ExpectedDowntimeMS = v }},
	{"throttle", "", func(s *migration.Sample, v float64) { s.Throttle = v }},
	{"zero_mib", "MiB", func(s *migration.Sample, v float64) { s.ZeroMiB = v }},
}

// unknownSample returns a sample of which nothing is known. Rounds, of which a migration has begun one at least, are 0.
func unknownSample() migration.Sample {
	nan := math.NaN()
	var s migration.Sample
	for _, f := range samples {
		if f.name != "rounds" {
			f.set(&s, nan)
		}
	}
	return s
}
