package host

import "math"

// Average accumulates snapshots of one machine, as their sums: there may be any number of them.
type Average struct {
	last  Snapshot
	count int
	sums  [len(averaged)]float64
	known [len(averaged)]float64 // snapshots that knew the field
}

// averaged are the fields of which a mean says more than the last snapshot.
var averaged = [...]func(*Snapshot) *float64{
	func(s *Snapshot) *float64 { return &s.CPUPercent },
	func(s *Snapshot) *float64 { return &s.MemoryPercent },
	func(s *Snapshot) *float64 { return &s.DiskMBps },
	func(s *Snapshot) *float64 { return &s.TrafficMbps },
	func(s *Snapshot) *float64 { return &s.ResidentMiB },
}

// Add adds a snapshot.
func (a *Average) Add(s Snapshot) {
	a.last = s
	a.count++
	for i, field := range averaged {
		if v := *field(&s); !math.IsNaN(v) {
			a.sums[i] += v
			a.known[i]++
		}
	}
}

// Count returns the number of snapshots that were added.
func (a *Average) Count() int { return a.count }

// Mean returns the last snapshot, with the mean of each field over the snapshots that know it in place
// of its own; NaN where none does.
func (a *Average) Mean() Snapshot {
	s := a.last
	for i, field := range averaged {
		*field(&s) = a.sums[i] / a.known[i]
	}
	return s
}
