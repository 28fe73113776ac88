package precopy

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"time"
)

// Defaults of what a migration leaves unsaid.
const (
	DefaultLimit  = 300 * time.Millisecond // QEMU's own downtime-limit
	DefaultRounds = 30                     // as long as pre-copy is given where no timeout is known

	// LateSyncs is what QEMU has counted when a migration switches over after all in
	// its round DefaultRounds: one sync before the first, one when the guest has stopped.
	LateSyncs = DefaultRounds + 2

	// DefaultLook is how long QEMU sends before it looks whether the rest fits the
	// limit: the first time it asks the clock after MAX_WAIT, 50 ms, of migration/ram.c.
	DefaultLook = 51 * time.Millisecond

	// cappedLook is the same where max-bandwidth holds the rounds back: QEMU then
	// sleeps until the end of its accounting period (BUFFER_DELAY of
	// migration/migration.h).
	cappedLook = 100 * time.Millisecond

	// mostRounds bounds a run that only a timeout would end.
	mostRounds = 10_000
)

// ErrParams is the error of parameters that describe no migration.
var ErrParams = errors.New("precopy: impossible parameters")

// Params are the parameters of one migration.
type Params struct {
	ResidentMiB float64                        // what the first pass sends: memory that holds anything but zeros
	TailMiB     float64                        // the part of that which lies behind the zeros, and so is sent last
	EndMiB      float64                        // zeros behind even that, at the end of RAM
	LastMiB     float64                        // the part of ResidentMiB that lies behind those: the very last of RAM
	MemoryMiB   float64                        // RAM, zeros included; bound on what can be dirty; 0: ResidentMiB
	Dirty       func(seconds float64) float64  // D(t) in MiB; must not fall; nil: nothing is dirtied
	Activity    func(from, to float64) float64 // how busy the guest is between two times, in seconds; nil: 1 at all times
	RoundRate   float64                        // MiB/s of the rounds
	LineRate    float64                        // MiB/s of the stop phase; 0: RoundRate
	Limit       time.Duration                  // downtime limit; 0: DefaultLimit
	ZeroRate    float64                        // MiB/s at which pages of zeros are looked through; 0: Typical's
	Wire        float64                        // bytes on the link for a byte of memory; 0: 1
	Resend      float64                        // time that a page takes which was sent before, over that of any; 0: 1
	Postcopy    bool                           // the guest goes on at the destination at once, and its memory follows
	StateMiB    float64                        // of devices, sent while the guest is stopped
	Overhead    time.Duration                  // fixed part of the pause
	Optimism    float64                        // bandwidth that the hypervisor believes in, over RoundRate; 0: 1
	Look        time.Duration                  // between looks at the limit; 0: DefaultLook, more where rounds are capped

	AutoConverge bool          // throttle a guest that dirties faster than it is sent
	Timeout      time.Duration // give up then; 0: after MaxRounds only
	MaxRounds    int           // give up then; 0: DefaultRounds without a Timeout, else practically none
	Force        bool          // on giving up stop the guest and send the rest, instead of cancelling
}

// complete fills in defaults and refuses what is impossible.
func (p *Params) complete() error {
	p.MemoryMiB = cmp.Or(p.MemoryMiB, p.ResidentMiB)
	p.ResidentMiB = min(p.ResidentMiB, p.MemoryMiB)
	p.TailMiB = min(p.TailMiB, p.ResidentMiB)
	p.LastMiB = min(p.LastMiB, p.ResidentMiB-p.TailMiB)
	p.EndMiB = min(p.EndMiB, p.MemoryMiB-p.ResidentMiB)
	p.LineRate = cmp.Or(p.LineRate, p.RoundRate)
	p.ZeroRate = cmp.Or(p.ZeroRate, Typical.ZeroRate)
	p.Limit = cmp.Or(p.Limit, DefaultLimit)
	p.Optimism, p.Wire, p.Resend = cmp.Or(p.Optimism, 1), cmp.Or(p.Wire, 1), cmp.Or(p.Resend, 1)
	if p.Look == 0 {
		p.Look = DefaultLook
		if p.RoundRate < p.LineRate {
			p.Look = cappedLook
		}
	}
	if p.Dirty == nil {
		p.Dirty = func(float64) float64 { return 0 }
	}
	if p.MaxRounds == 0 {
		p.MaxRounds = mostRounds
		if p.Timeout == 0 {
			p.MaxRounds = DefaultRounds
		}
	}
	return p.check()
}

// check refuses what is negative or no number, and what is zero where that makes no sense.
func (p *Params) check() error {
	var faults []error
	for _, part := range [...]struct {
		name  string
		value float64
		zero  bool // makes sense
	}{
		{"ResidentMiB", p.ResidentMiB, true}, {"TailMiB", p.TailMiB, true}, {"EndMiB", p.EndMiB, true},
		{"LastMiB", p.LastMiB, true}, {"MemoryMiB", p.MemoryMiB, true}, {"StateMiB", p.StateMiB, true},
		{"RoundRate", p.RoundRate, false}, {"LineRate", p.LineRate, false}, {"ZeroRate", p.ZeroRate, false},
		{"Wire", p.Wire, false}, {"Resend", p.Resend, false}, {"Optimism", p.Optimism, false},
		{"Limit", p.Limit.Seconds(), false}, {"Look", p.Look.Seconds(), false},
		{"Overhead", p.Overhead.Seconds(), true}, {"Timeout", p.Timeout.Seconds(), true},
		{"MaxRounds", float64(p.MaxRounds), false},
	} {
		if v := part.value; !(v > 0 || part.zero && v == 0) || math.IsInf(v, 0) {
			faults = append(faults, fmt.Errorf("%w: %s is %g", ErrParams, part.name, v))
		}
	}
	return errors.Join(faults...)
}

// seconds returns a duration that saturates instead of overflowing: a terabyte over a modem takes longer than
// time.Duration holds.
func seconds(s float64) time.Duration {
	const most = float64(math.MaxInt64) / float64(time.Second) / 2
	return time.Duration(min(s, most) * float64(time.Second))
}
