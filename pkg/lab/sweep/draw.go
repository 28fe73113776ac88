package sweep

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"vmmp/pkg/lab"
	"vmmp/pkg/lab/baremetal"
	"vmmp/pkg/lab/guest"
	"vmmp/pkg/lab/link"
	"vmmp/pkg/migration"
)

// drawn is a setting with what its moves are drawn from.
type drawn struct {
	Setting
	moves []lab.Move
}

// The dimensions of the draw: those of a setting, its machine first, then those of a move.
const (
	dimMemory = iota
	dimVCPUs
	machineDims

	dimResident = iota - 1
	dimContent
	dimDirty
	dimIdle
	dimWorkingSet
	dimPattern
	dimCPU
	dimDisk
	settingDims
)

const (
	dimLink = iota
	dimLimit
	dimCap
	dimConverge
	dimLatency
	dimForce
	moveDims
)

// Of a guest's memory, what its kernel and program take beside an eighth that the kernel keeps free, and what of that
// is not zero and so is sent.
const (
	guestOwnMiB  = 130
	guestSentMiB = 110
)

// drawSettings draws the plan's settings. Machines change from one boot to the next only, since each change costs a
// boot.
func (p Plan) drawSettings() []drawn {
	points := hypercube(p.Settings, settingDims, p.Seed)
	machines := hypercube((p.Settings+p.PerBoot-1)/p.PerBoot, machineDims, p.Seed+1)
	moves := hypercube(p.Settings*p.Moves, moveDims, p.Seed+2)
	platforms := hypercube(len(machines), platformDims, p.Seed+3)
	bare := hypercube(p.Settings, bareDims, p.Seed+4)
	methods := hypercube(len(moves), methodDims, p.Seed+5)
	settings := make([]drawn, p.Settings)
	for i := range settings {
		copy(points[i], machines[i/p.PerBoot])
		settings[i] = p.setting(i, points[i], platforms[i/p.PerBoot], bare[i])
		for k := i * p.Moves; k < (i+1)*p.Moves; k++ {
			settings[i].moves = append(settings[i].moves, p.move(settings[i].Setting, moves[k], methods[k]))
		}
	}
	return settings
}

// setting returns the one at a point of the unit cube, each kind of dimensions by itself.
func (p Plan) setting(i int, u, platform, bare []float64) drawn {
	var d drawn
	d.Name = fmt.Sprintf("%s-%04d", p.Name, i)
	m := lab.Machine{MemoryMiB: pick(p.MemoryMiB, u[dimMemory]), VCPUs: pick(p.VCPUs, u[dimVCPUs])}
	d.Machine = p.machine(m, platform)
	d.Workload = p.workload(p.free(m.MemoryMiB), u)
	if p.Guest == lab.BareMetal {
		d.Workload.DiskMBs = 0
		p.Bare.workload(&d.Workload, m.MemoryMiB, platform[dimFreed] < p.Freed, bare)
	}
	return d
}

// free returns the MiB that a workload can hold of a guest's memory.
func (p Plan) free(memoryMiB int) float64 {
	if p.Guest == lab.BareMetal {
		return float64(memoryMiB - baremetal.SpareMiB)
	}
	return float64(memoryMiB)*7/8 - guestOwnMiB - float64(paddingCopies*p.PaddingMiB)
}

// paddingCopies is how many times a Linux guest holds the padding of its initramfs, packed and unpacked, until it runs.
const paddingCopies = 2

// workload returns the one at a point of the unit cube, of a guest with so many MiB free.
func (p Plan) workload(free float64, u []float64) guest.Workload {
	w := guest.Workload{Content: guest.RandomContent, Pattern: pick(p.Patterns, u[dimPattern])}
	w.ResidentMiB = int(math.Max(4, free*(0.04+0.88*u[dimResident])))
	w.WorkingSetMiB = int(math.Max(2, p.workingSet().at(u[dimWorkingSet])*float64(w.ResidentMiB)))
	switch at := u[dimContent]; {
	case at < p.Zero:
		w.Content = guest.ZeroContent
	case at < p.Zero+p.Repeated:
		w.Content = guest.RepeatedContent
	}
	if u[dimIdle] >= p.Idle {
		w.DirtyRate = math.Round(p.DirtyMiBs.at(u[dimDirty])*10) / 10
	}
	if u[dimCPU] > 0.3 { // most guests compute as well as write
		w.CPU = math.Round((u[dimCPU]-0.3)/0.7*90) / 100
	}
	if u[dimDisk] > 0.6 {
		w.DiskMBs = math.Round(Range{1, 60}.at((u[dimDisk] - 0.6) / 0.4))
	}
	return w
}

// workingSet returns the shares of the resident memory between which working sets are drawn.
func (p Plan) workingSet() Range {
	if p.WorkingSet == (Range{}) {
		return Range{0.02, 1}
	}
	return p.WorkingSet
}

// firstPassMiB returns what a first pass sends, about: what is resident and not zero.
func (p Plan) firstPassMiB(s Setting) float64 {
	sent := s.Workload.ResidentMiB
	if s.Workload.Content == guest.ZeroContent {
		sent = s.Workload.WorkingSetMiB
	}
	sent += s.Workload.FreedMiB
	if s.Machine.KeepFreed {
		sent = int(p.free(s.Machine.MemoryMiB))
	}
	if p.Guest == lab.BareMetal {
		return float64(sent)
	}
	return guestSentMiB + float64(sent+p.PaddingMiB)
}

// converges reports whether the first move can be expected to converge: what is dirtied is well below what the link
// carries, or all of it fits the limit.
func (d drawn) converges() bool {
	m := d.moves[0]
	if m.Method != lab.Precopy {
		return false
	}
	rate := roundRate(m)
	return d.Workload.DirtyRate < rate/3 || float64(d.Workload.WorkingSetMiB) < rate*m.Limit.Seconds()
}

// Rounds after which a migration is given up: as many as count for convergence, fewer where each takes long, and few
// where nothing can come of it, since rounds that do not shrink never will.
const (
	fewestRounds   = 12
	hopelessRounds = 5
	longRounds     = 30 // seconds that rounds may take together, about
)

// rounds returns the cap for a move of a setting.
func (p Plan) rounds(s Setting, m lab.Move) int {
	seconds := p.RoundsS
	if seconds == 0 {
		seconds = longRounds
	}
	rate, set := roundRate(m), float64(s.Workload.WorkingSetMiB)
	switch {
	case m.AutoConverge: // throttling takes its time
		rate *= 2
	case s.Workload.DirtyRate > 1.5*rate && set > 2*rate*m.Limit.Seconds():
		return hopelessRounds
	}
	return int(min(lab.MaxRounds, max(fewestRounds, seconds*rate/set)))
}

// move returns one of a setting, at a point of the unit cube.
func (p Plan) move(s Setting, u, methods []float64) lab.Move {
	slowest := p.firstPassMiB(s) / p.FirstPass / mibPerMbit
	rates := Range{min(p.LinkMbps[1], max(p.LinkMbps[0], slowest)), p.LinkMbps[1]}
	m := lab.Move{Method: lab.Precopy, Limit: milliseconds(math.Round(p.LimitMS.at(u[dimLimit])))}
	m.Link.Mbps = math.Round(rates.at(u[dimLink]))
	if u[dimCap] > 0.8 {
		m.CapMbps = math.Round(m.Link.Mbps * (0.3 + 0.6*(u[dimCap]-0.8)/0.2))
	}
	m.AutoConverge = u[dimConverge] > 0.75
	if v := p.fixed.Get(migration.BandwidthCap); v > 0 {
		m.CapMbps = v
	}
	if v := p.fixed.Get(migration.AutoConverge); !math.IsNaN(v) {
		m.AutoConverge = v == 1
	}
	if u[dimLatency] > 0.6 {
		ms := Range{0.1, 5}.at((u[dimLatency] - 0.6) / 0.4)
		m.Link.Latency, m.Link.Jitter = milliseconds(ms), milliseconds(ms/4)
	}
	m.Force = u[dimForce] > 0.5
	p.Methods.move(&m, slowest, methods)
	m.MaxRounds = p.rounds(s, m)
	return m
}

const (
	bytesPerMbit = 1e6 / 8                                      // turns Mbps into bytes per second
	mibPerMbit   = bytesPerMbit * link.PayloadShare / (1 << 20) // MiB/s of memory that an Mbps of line rate carries
)

// roundRate returns the MiB/s of memory that the rounds may send.
func roundRate(m lab.Move) float64 {
	rate := m.Link.Mbps * mibPerMbit
	if m.LoopbackMbps > 0 {
		rate = m.LoopbackMbps * mibPerMbit
	}
	if m.CapMbps > 0 {
		rate = min(rate, m.CapMbps*bytesPerMbit/(1<<20))
	}
	return rate
}

// milliseconds returns a duration of so many.
func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// pick returns the element at a share u of the way through a list.
func pick[T any](from []T, u float64) T { return from[min(int(u*float64(len(from))), len(from)-1)] }

// hypercube returns n points of the unit cube, spread so that each dimension holds one point in every n-th part of it:
// a Latin hypercube (McKay, Beckman, Conover 1979).
func hypercube(n, dims int, seed uint64) [][]float64 {
	points := make([][]float64, n)
	for i := range points {
		points[i] = make([]float64, dims)
	}
	for j := range dims {
		r := rand.New(rand.NewPCG(seed, uint64(j)))
		for i, part := range r.Perm(n) {
			points[i][j] = (float64(part) + r.Float64()) / float64(n)
		}
	}
	return points
}
