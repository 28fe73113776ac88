package cmd

import (
	"math"

	"vmmp/pkg/host"
)

// readings are any number of readings of this machine, as their sums: a load may last
// for weeks.
type readings struct {
	last  host.Snapshot
	count int
	sums  [len(averaged)]float64
	known [len(averaged)]float64 // readings that knew the field
}

// averaged are the fields of which a mean says more than the last reading.
var averaged = [...]func(*host.Snapshot) *float64{
	func(s *host.Snapshot) *float64 { return &s.CPUPercent },
	func(s *host.Snapshot) *float64 { return &s.MemoryPercent },
	func(s *host.Snapshot) *float64 { return &s.DiskMBps },
	func(s *host.Snapshot) *float64 { return &s.TrafficMbps },
	func(s *host.Snapshot) *float64 { return &s.ResidentMiB },
}

func (r *readings) add(s host.Snapshot) {
	r.last = s
	r.count++
	for i, field := range averaged {
		if v := *field(&s); !math.IsNaN(v) {
			r.sums[i] += v
			r.known[i]++
		}
	}
}

// mean is the last reading, with the mean of each field over the readings that know it
// in place of its own.
func (r *readings) mean() host.Snapshot {
	s := r.last
	for i, field := range averaged {
		*field(&s) = r.sums[i] / r.known[i] // NaN where nobody knows
	}
	return s
}
