package population

import (
	"math"
	"math/rand/v2"

	"vmmp/pkg/migration"
	"vmmp/pkg/precopy"
)

// The Demo population: one class of VM, downtime between 10 and 500 ms, no stalls.
const (
	demoMemoryMiB = 4096
	demoLowestMS  = 10
	demoHighestMS = 500

	// demoNoise, the sigma of the logarithm of the downtime, puts the ceiling of R2
	// near 0.9; TestDemoCeiling measures it.
	demoNoise = 0.115

	demoOverheadMS = 28   // fixed part of the pause
	demoEfficiency = 0.94 // of the link
)

// drawDemo draws a VM of which CPU load, memory usage, disk I/O and bandwidth
// decide: the busier it is, the more is left at the stop.
func drawDemo(r *rand.Rand) Draw {
	cpu, mem := round(uniform(r, 5, 95), 4), round(uniform(r, 10, 95), 4)
	disk, net := round(uniform(r, 0, 200), 4), round(uniform(r, 300, 1000), 4)

	leftMiB := 2 + 0.08*cpu + 0.05*mem + 0.01*disk
	rate := net * precopy.MiBPerMbit * demoEfficiency
	noiseless := leftMiB/rate*1000 + demoOverheadMS
	downtime := clamp(lognormal(r, noiseless, demoNoise), demoLowestMS, demoHighestMS)
	sent := demoMemoryMiB * mem / 100
	total := lognormal(r, sent/rate*1000, 0.05) + downtime

	d := Draw{NoiselessMS: clamp(noiseless, demoLowestMS, demoHighestMS)}
	d.Features.Set(migration.CPULoad, cpu)
	d.Features.Set(migration.MemoryUsage, mem)
	d.Features.Set(migration.DiskIO, disk)
	d.Features.Set(migration.NetworkBandwidth, net)
	d.Outcome = migration.Outcome{
		DowntimeMS: round(downtime, 6), TotalTimeMS: round(total, 6), TransferredMiB: round(sent+leftMiB, 6),
		Rounds: math.NaN(), Status: migration.Completed,
	}
	d.Untimed = d.Outcome
	return d
}
