package population

import (
	"math"
	"math/rand/v2"
)

// workload is a class of guests. Medians are those of the class; each VM is drawn
// around them.
type workload struct {
	name           string
	share          float64 // of the fleet
	cpu            float64 // %
	memory         float64 // % in use
	disk           float64 // MB/s per vCPU
	dirtyRate      float64 // MiB dirtied within a second by a guest of 8 GiB
	even           float64 // share of the class that has no hot set, but writes evenly over its working set
	cpuSpread      float64 // of the logit
	dirtyingSpread float64 // sigma of the logarithm
}

// workloads span from a guest that does nothing to one that writes faster than any link of its time carries. Shares
// and medians are round figures and assumptions; that CPU time tells little of dirtying is not: guests that
// computed all the time dirtied hardly anything.
var workloads = []workload{
	{"idle", 0.25, 3, 30, 0.05, 1, 0.05, 0.8, 1},
	{"compute", 0.15, 85, 50, 0.5, 2, 0.05, 0.7, 1.2},
	{"web", 0.22, 30, 50, 1, 6, 0.3, 0.8, 1},
	{"database", 0.16, 45, 80, 20, 20, 0.5, 0.7, 1},
	{"batch", 0.14, 80, 60, 8, 35, 0.5, 0.7, 1},
	{"memory-bound", 0.08, 60, 75, 0.5, 200, 0.6, 0.8, 1},
}

// draw picks a class by its share.
func drawWorkload(r *rand.Rand) workload {
	at := r.Float64()
	for _, w := range workloads {
		if at -= w.share; at < 0 {
			return w
		}
	}
	return workloads[len(workloads)-1]
}

// writesOf draws the dirtying of a guest with that much RAM. A guest of four times the RAM dirties twice as fast.
func (w workload) writesOf(r *rand.Rand, memoryMiB float64) writes {
	rate := lognormal(r, w.dirtyRate, w.dirtyingSpread) * math.Sqrt(memoryMiB/8192)
	most := 0.9 * memoryMiB
	rate = min(rate, most)
	set := min(rate*quantileOf(workingSetOverRate, r.Float64()), most)
	if r.Float64() < w.even {
		return writes{coldRate: rate, coldMiB: max(set, rate)}
	}
	return shaped(rate, set, quantileOf(secondOverTenth, r.Float64()))
}

// The shapes of dirty curves: deciles, with ends, of 53 real workloads in VMs of 0.6 to 1.5 GiB (Nathan, Bellur and
// Kulkarni, SoCC 2015).
var (
	secondOverTenth    = []float64{1.15, 1.27, 1.35, 1.52, 1.69, 1.81, 1.95, 2.31, 3.64, 5.64, 8} // D(1 s) over D(0.1 s)
	workingSetOverRate = []float64{1.8, 2.4, 3.1, 4.1, 4.7, 6.9, 9.3, 15, 23, 34, 60}             // plateau over D(1 s)
)

// quantileOf returns the p-quantile of which the deciles are given, from 0 to 1.
func quantileOf(deciles []float64, p float64) float64 {
	at := p * float64(len(deciles)-1)
	i := min(int(at), len(deciles)-2)
	return deciles[i] + (at-float64(i))*(deciles[i+1]-deciles[i])
}
