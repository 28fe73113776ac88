package population

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"vmmp/pkg/migration"
)

// curveWindows are the windows, in seconds, at which a dirty curve is measured.
var curveWindows = []float64{0.1, 0.3, 1, 3, 10}

// drawFleet draws a VM and migrates it once.
func drawFleet(r *rand.Rand) Draw {
	g := drawGuest(r)
	d := g.draw(drawNoise(r, g.site.stopSigma))
	d.Features = g.features
	d.Group = fmt.Sprintf("vm-%016x", r.Uint64())
	return d
}

// drawGuest draws a VM, its workload, its site and its operator's settings.
func drawGuest(r *rand.Rand) guest {
	w := drawWorkload(r)
	memory := drawMemory(r)
	vcpus := math.Round(clamp(lognormal(r, memory/4096, 0.5), 1, 256))
	cpu, used := percent(r, w.cpu, w.cpuSpread), percent(r, w.memory, 0.6)
	line, measured := drawLink(r)
	g := guest{site: drawSite(r, measured), resident: drawResident(r, memory, used), truth: w.writesOf(r, memory)}
	g.dirty, g.busy = g.truth.at, r.Uint64()

	x := &g.features
	x.Set(migration.CPULoad, round(cpu, 3))
	x.Set(migration.MemoryUsage, round(used, 3))
	x.Set(migration.DiskIO, round(lognormal(r, w.disk*vcpus*max(cpu, 5)/100, 0.8), 3))
	x.Set(migration.NetworkBandwidth, line)
	x.Set(migration.MemoryMiB, memory)
	x.Set(migration.ResidentMiB, round(min(g.resident+g.site.OffsetMiB, memory+g.site.OffsetMiB), 4))
	x.Set(migration.VCPUs, vcpus)
	measure(r, x, g.truth)
	g.operate(r, line, memory)

	g.layout = layout{tail: r.Float64()}
	if r.Float64() < freshShare {
		g.layout.end = min(lognormal(r, freedMiB, freedSigma), memory-g.resident)
	}
	if r.Float64() < pageMapShare {
		x.Set(migration.ZeroTailMiB, round(g.layout.end, 3))
	}
	g.choose(r)
	return g
}

// pageMapShare is the share of guests whose operator has looked at the page map of the hypervisor's process.
const pageMapShare = 0.4

// A guest that has booted a short time ago has zeros at the end of its RAM: what its initramfs took and gave back.
const (
	freshShare = 0.05
	freedMiB   = 40
	freedSigma = 0.7
)

// drawMemory draws a VM's RAM in MiB: common sizes from 0.5 GiB to 1 TiB, most of
// them around 8 GiB.
func drawMemory(r *rand.Rand) float64 {
	exponent := clamp(math.Round(13+2.2*r.NormFloat64()), 9, 20)
	memory := math.Pow(2, exponent)
	if exponent < 20 && r.Float64() < 0.25 {
		memory *= 1.5
	}
	return memory
}

// drawResident draws the MiB that the hypervisor holds for a guest that uses so
// many per cent of its RAM.
func drawResident(r *rand.Rand, memory, used float64) float64 {
	return memory * clamp(used/100+0.15*r.Float64(), 0.05, 1)
}

// links are those that migrations use, in nominal Mbps.
var links = []choice{{0.04, 100}, {0.28, 1000}, {0.36, 10_000}, {0.20, 25_000}, {0.05, 40_000}, {0.07, 100_000}}

// drawLink draws what a migration can use of its link, in Mbps, and whether that was measured, since other traffic
// shares it.
func drawLink(r *rand.Rand) (mbps float64, measured bool) {
	mbps = pick(r, links)
	if measured = r.Float64() < 0.5; measured {
		mbps *= uniform(r, 0.3, 1)
	}
	return round(max(mbps, 100), 3), measured
}

// measure takes the dirty curve as an operator would before the move.
func measure(r *rand.Rand, x *migration.Features, truth writes) {
	scale := lognormal(r, 1, measureSigma)
	var points []migration.Point
	before := 0.0
	for _, t := range curveWindows {
		mib := round(max(before, truth.at(t)*scale*lognormal(r, 1, pointSigma)), 4)
		points = append(points, migration.Point{Seconds: t, MiB: mib})
		before = mib
	}
	x.SetPoints(points)
	x.Set(migration.DirtyRate, points[2].MiB)
	x.Set(migration.WorkingSetMiB, round(max(before, truth.workingSet()*scale*lognormal(r, 1, plateauSigma)), 4))
}

// operate draws the settings of the migration itself.
func (g *guest) operate(r *rand.Rand, line, memoryMiB float64) {
	x := &g.features
	limit := 300.0 // most leave the default
	if r.Float64() < 0.6 {
		limit = math.Round(logUniform(r, 50, 2000))
	}
	if memoryMiB >= 65536 && r.Float64() < 0.3 { // big guests are given longer ones
		limit = math.Round(logUniform(r, 1000, 30_000))
	}
	x.Set(migration.DowntimeLimitMS, limit)
	bandwidthCap := line // no cap of its own
	if r.Float64() < 0.25 {
		bandwidthCap = round(line*uniform(r, 0.1, 1), 3)
	}
	x.Set(migration.BandwidthCap, max(1, bandwidthCap))
	throttle := 0.0
	if r.Float64() < 0.2 {
		throttle = 1
	}
	x.Set(migration.AutoConverge, throttle)
	switch at := r.Float64(); {
	case at < 0.35: // nobody states one
		return
	case at < 0.70: // KubeVirt's default
		g.timeout = time.Duration(math.Ceil(memoryMiB/1024*150)) * time.Second
	default:
		g.timeout = time.Duration(math.Round(logUniform(r, 60, 7200))) * time.Second
	}
	x.Set(migration.TimeoutS, g.timeout.Seconds())
}
