package precopy

import (
	"time"

	"vmmp/pkg/migration"
)

// An Analysis is what the physics expects of one migration.
type Analysis struct {
	DowntimeMS     float64 // given that pre-copy switches over by itself
	TotalTimeMS    float64 // to the end of the pause, or to giving up
	Rounds         float64
	RemainingMiB   float64 // at the stop; where it does not converge, as much as the limit allows
	TransferredMiB float64
	Converged      bool // within timeout_s, or within 30 rounds where that is unknown
}

// Zeros is where in a guest's RAM its zero pages lie. They cost nothing to send, but
// count as left to be sent until they are looked at: what lies last decides how much
// is left when the limit is reached, and hardly anybody knows it of a guest in use.
type Zeros int

// The places that zeros may have.
const (
	ZerosInside   Zeros = iota // within RAM, and at its end no more than the display's memory: as at a typical site
	ZerosNowhere               // none at the end, as in a guest without a display
	ZerosAsBooted              // where a Linux leaves them that has just booted from an initramfs
)

// Linux takes memory from low addresses on, but for what it takes when it boots, from the top down: a little that it
// keeps, room for its initramfs, which it gives back as zeros, and below that the table of its pages, 64 bytes for
// each 4 KiB, and a little more. The traces of vmmp's lab show these sizes.
const (
	bootedLastMiB = 1.5
	bootedMiB     = 43.5
	bootedTailMiB = 4
	perPage       = 1.0 / 64
)

// Expected returns what comes of the VM's migration when its zeros lie as is usual at the site.
func (vm *VM) Expected() Analysis { return vm.ready.analyse() }

// Analyse returns what comes of the VM's migration when its zeros lie there.
func (vm *VM) Analyse(zeros Zeros) Analysis {
	p := vm.ready
	vm.lay(&p, zeros)
	return p.analyse()
}

// lay sets where the zeros of a guest lie whose resident memory is set.
func (vm *VM) lay(p *Params, zeros Zeros) {
	if p.Postcopy { // all memory follows the guest, wherever it lies
		return
	}
	p.MemoryMiB, p.EndMiB = vm.memory+vm.displayMiB, vm.displayMiB
	p.TailMiB, p.LastMiB = p.ResidentMiB/2, 0
	switch zeros {
	case ZerosInside:
		p.EndMiB += min(vm.endMiB, vm.memory-p.ResidentMiB)
	case ZerosNowhere:
		p.MemoryMiB, p.EndMiB = vm.memory, 0
	case ZerosAsBooted:
		p.TailMiB = min(vm.memory*perPage+bootedTailMiB, p.ResidentMiB)
		p.LastMiB = min(bootedLastMiB, p.ResidentMiB-p.TailMiB)
		p.EndMiB += min(bootedMiB, vm.memory-p.ResidentMiB)
	}
}

// FirstRound returns what comes of the migration if the guest dirties nothing and no
// timeout ends it: little more than its first round. It returns false where the
// bandwidth or the size of that round is not known.
func (vm *VM) FirstRound() (Analysis, bool) {
	p := vm.params
	p.Dirty, p.Timeout = nil, 0
	if p.RoundRate == 0 || p.complete() != nil {
		return Analysis{}, false
	}
	return p.analyse(), true
}

// analyse runs complete parameters and answers for a migration that switches over.
func (p *Params) analyse() Analysis {
	r := p.run(func(Round) {})
	a := Analysis{
		TotalTimeMS:    milliseconds(r.TotalTime),
		Rounds:         float64(r.Rounds),
		RemainingMiB:   r.RemainingMiB,
		TransferredMiB: r.TransferredMiB,
		Converged:      r.Status == migration.Completed,
	}
	if a.Converged {
		a.DowntimeMS = milliseconds(r.Downtime)
		return a
	}
	a.RemainingMiB = min(a.RemainingMiB, p.allowed(p.RoundRate*p.Wire))
	a.DowntimeMS = a.RemainingMiB/p.LineRate*1000 + milliseconds(p.Overhead)
	return a
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
