package population

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/precopy"
)

// The noise of Fleet; doc.go says where each figure comes from.
const (
	heatMedian = 2.449 // sqrt(2*3)
	heatSigma  = 0.158 // ln(3/2) / (2 * 1.2816): 2 and 3 are the 10th and 90th percentile

	hostOverheadSigma = 0.27 // ln 2 / (2 * 1.2816): 10 to 20 ms of device state are typical
	hostOptimismSigma = 0.20 // a hypervisor's bandwidth estimate over what its link carries

	runDirtySigma    = 0.04 // dirtying from run to run
	runLineSigma     = 0.04 // bandwidth from run to run
	runStopSigma     = 0.13 // speed of the stop phase from run to run
	runOverheadSigma = 0.20
	stallProbability = 1.0 / 70
	stallMedianMS    = 400
	stallSigma       = 0.8

	failureProbability = 1.0 / 200 // of Like: a link or a host that fails meanwhile; an assumption

	measureSigma = 0.08 // a dirty-rate measurement against the guest's own average
	pointSigma   = 0.03 // one of its windows against the others
	plateauSigma = 0.05 // and the plateau against them
)

// curveWindows are the windows, in seconds, at which a dirty curve is measured.
var curveWindows = []float64{0.1, 0.3, 1, 3, 10}

// guest is a VM of the fleet between its two hosts: what an operator may know, and
// what decides.
type guest struct {
	features migration.Features
	resident float64 // MiB that the first round sends
	layout   layout  // of its memory
	truth    writes
	dirty    func(seconds float64) float64 // the true dirty curve before the migration
	heat     float64                       // how much faster it dirties during the migration
	overhead time.Duration                 // fixed part of the pause, without noise
	optimism float64                       // of the hypervisor's bandwidth estimate
	timeout  time.Duration                 // 0: none stated
}

// layout is where a guest's memory holds zeros, which decides how much is left when
// the hypervisor first believes that the rest fits its limit. Nobody measures it.
type layout struct {
	tail float64 // share of the resident memory that lies behind zeros
	end  float64 // share of the zeros that lie behind even that
}

// drawFleet draws a VM and migrates it once.
func drawFleet(r *rand.Rand) Draw {
	g := drawGuest(r)
	d := g.draw(drawNoise(r))
	d.Features = g.features
	d.Group = fmt.Sprintf("vm-%016x", r.Uint64())
	return d
}

// drawGuest draws a VM, its workload, its link and its operator's settings.
func drawGuest(r *rand.Rand) guest {
	w := drawWorkload(r)
	memory := drawMemory(r)
	vcpus := math.Round(clamp(lognormal(r, memory/4096, 0.5), 1, 256))
	cpu, used := percent(r, w.cpu, w.cpuSpread), percent(r, w.memory, 0.6)
	g := guest{
		resident: drawResident(r, memory, used),
		truth:    w.writesOf(r, memory, vcpus*cpu/100),
		heat:     lognormal(r, heatMedian, heatSigma),
	}
	g.dirty = g.truth.at
	line := drawLink(r)

	x := &g.features
	x.Set(migration.CPULoad, round(cpu, 3))
	x.Set(migration.MemoryUsage, round(used, 3))
	x.Set(migration.DiskIO, round(lognormal(r, w.disk*vcpus*max(cpu, 5)/100, 0.8), 3))
	x.Set(migration.NetworkBandwidth, line)
	x.Set(migration.MemoryMiB, memory)
	x.Set(migration.ResidentMiB, round(g.resident, 4))
	x.Set(migration.VCPUs, vcpus)
	measure(r, x, g.truth)
	g.operate(r, line, memory)

	g.layout = layout{tail: 0.3 * r.Float64(), end: r.Float64()}
	g.overhead = time.Duration(lognormal(r, float64(precopy.DefaultOverhead), hostOverheadSigma))
	g.optimism = lognormal(r, 1, hostOptimismSigma)
	return g
}

// params are the physics of g's migration without noise and without timeout.
func (g *guest) params() precopy.Params {
	x := &g.features
	rate := x.Get(migration.NetworkBandwidth) * precopy.MiBPerMbit * precopy.Efficiency
	memory := max(x.Get(migration.MemoryMiB), g.resident)
	return precopy.Params{
		ResidentMiB: g.resident, MemoryMiB: memory,
		TailMiB: g.layout.tail * g.resident, EndMiB: g.layout.end * (memory - g.resident),
		WorkingSetMiB: min(memory, g.dirty(60)), // what it dirties in a minute is about all that it ever does
		Dirty:         func(t float64) float64 { return g.dirty(t * g.heat) },
		LineRate:      rate, RoundRate: min(rate, x.Get(migration.BandwidthCap)*precopy.MiBPerMbit),
		Limit:        time.Duration(x.Get(migration.DowntimeLimitMS) * float64(time.Millisecond)),
		Overhead:     g.overhead,
		Optimism:     g.optimism,
		AutoConverge: x.Get(migration.AutoConverge) == 1,
	}
}

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

// drawLink draws what a migration can use of its link, in Mbps.
func drawLink(r *rand.Rand) float64 {
	links := []struct{ share, mbps float64 }{
		{0.04, 100}, {0.28, 1000}, {0.36, 10_000}, {0.20, 25_000}, {0.05, 40_000}, {0.07, 100_000},
	}
	at, mbps := r.Float64(), links[len(links)-1].mbps
	for _, l := range links {
		if at -= l.share; at < 0 {
			mbps = l.mbps
			break
		}
	}
	if r.Float64() < 0.5 { // shared with other traffic
		mbps *= uniform(r, 0.3, 1)
	}
	return round(max(mbps, 100), 3)
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
