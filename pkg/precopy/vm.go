package precopy

import (
	"math"
	"time"

	"vmmp/pkg/migration"
)

const (
	// MiBPerMbit turns Mbps into MiB/s.
	MiBPerMbit = 1e6 / 8 / (1 << 20)

	// Efficiency is the share of a line rate that carries memory: TCP/IP over
	// Ethernet with 1500-byte frames leaves 94 %.
	Efficiency = 0.94
)

// A VM holds what the physics knows of a virtual machine and of its migration. It is
// described once and may then be asked any number of times.
type VM struct {
	params Params // as far as they are known
	ready  Params // the same with all defaults; not set where too little is known
}

// Describe returns what the physics needs to know of a VM, and whether that is
// enough for all that a VM can be asked: it takes a bandwidth, the size of the first
// round and something of the dirty curve. Without the curve only FirstRound
// can be asked. A limit that is not known is QEMU's default.
func Describe(x migration.Features) (VM, bool) {
	line, round := rates(x)
	resident, memory := sizes(x)
	if math.IsNaN(line) || math.IsNaN(resident) {
		return VM{}, false
	}
	curve := x.Curve()
	vm := VM{params: Params{
		ResidentMiB:   resident,
		TailMiB:       memory * perPage,
		EndMiB:        endMiB,
		MemoryMiB:     memory,
		WorkingSetMiB: min(memory, curve.At(workingSetSeconds)),
		Dirty:         curve.At,
		RoundRate:     round,
		LineRate:      line,
		StateMiB:      stateMiB,
		Limit:         duration(x.Get(migration.DowntimeLimitMS), time.Millisecond),
		Overhead:      DefaultOverhead,
		AutoConverge:  x.Get(migration.AutoConverge) == 1,
		Timeout:       duration(x.Get(migration.TimeoutS), time.Second),
	}}
	vm.ready = vm.params
	return vm, curve.Known() && vm.ready.complete() == nil
}

// Params returns the parameters of the VM's migration, for Run.
func (vm *VM) Params() Params { return vm.params }

// stateMiB is what the devices of a small guest take: the least that real
// migrations sent while the guest was stopped.
const stateMiB = 0.5

// workingSetSeconds is the time within which a guest has dirtied about all that it
// ever dirties.
const workingSetSeconds = 60

// Linux takes memory from low addresses on, but for what it takes when it boots,
// from the top down: room for its initramfs, which it gives back, and below that
// the table of its pages, 64 bytes for each 4 KiB.
const (
	endMiB  = 45
	perPage = 1.0 / 64
)

// rates returns the MiB/s of the stop phase and of the rounds, NaN when unknown. A
// line rate that is not known is at least what the hypervisor was allowed.
func rates(x migration.Features) (line, round float64) {
	line = x.Get(migration.NetworkBandwidth) * MiBPerMbit * Efficiency
	limit := x.Get(migration.BandwidthCap) * MiBPerMbit
	if math.IsNaN(line) {
		line = limit
	}
	if round = line; limit < line {
		round = limit
	}
	return line, round
}

// sizes returns the MiB of the first round and the bound on what can be dirty, NaN
// when unknown. Where residency is not known, memory in use stands for it.
func sizes(x migration.Features) (resident, memory float64) {
	resident, memory = x.Get(migration.ResidentMiB), x.Get(migration.MemoryMiB)
	if math.IsNaN(resident) {
		resident = memory
		if used := x.Get(migration.MemoryUsage); !math.IsNaN(used) {
			resident = memory * used / 100
		}
	}
	if math.IsNaN(memory) {
		memory = resident
	}
	return resident, max(memory, resident)
}

func duration(v float64, unit time.Duration) time.Duration {
	if math.IsNaN(v) {
		return 0
	}
	return seconds(v * unit.Seconds())
}
