package population

import "math/rand/v2"

// workload is a class of guests. Medians are those of the class; each VM is drawn
// around them.
type workload struct {
	name           string
	share          float64 // of the fleet
	cpu            float64 // %
	memory         float64 // % in use
	disk           float64 // MB/s per vCPU
	dirtyPerVCPU   float64 // MiB/s written by a vCPU that is busy all the time
	workingSet     float64 // writable working set over RAM
	hot            float64 // share of the writes that fall on the hot tenth of the working set
	cpuSpread      float64 // of the logit
	dirtyingSpread float64 // sigma of the logarithm
}

// workloads span from a guest that does nothing to one that writes faster than
// any link of its time carries. Assumptions, not measurements: the shares and
// medians are round figures.
var workloads = []workload{
	{"idle", 0.20, 3, 30, 0.05, 10, 0.01, 0.8, 0.8, 0.8},
	{"web", 0.25, 30, 50, 1, 15, 0.03, 0.7, 0.8, 0.7},
	{"database", 0.20, 45, 80, 20, 45, 0.12, 0.6, 0.7, 0.7},
	{"cache", 0.10, 25, 85, 0.5, 150, 0.30, 0.5, 0.7, 0.6},
	{"batch", 0.15, 88, 60, 8, 90, 0.25, 0.4, 0.7, 0.8},
	{"memory-bound", 0.10, 80, 75, 0.5, 500, 0.50, 0.2, 0.7, 0.7},
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

// writesOf draws the dirtying of a guest with that much RAM and CPU time.
func (w workload) writesOf(r *rand.Rand, memoryMiB, busyVCPUs float64) writes {
	rate := busyVCPUs * lognormal(r, w.dirtyPerVCPU, w.dirtyingSpread)
	set := memoryMiB * min(lognormal(r, w.workingSet, 0.5), 0.9)
	hot := clamp(w.hot+0.15*r.NormFloat64(), 0.05, 0.95)
	return writes{hot * rate, 0.1 * set, (1 - hot) * rate, 0.9 * set}
}
