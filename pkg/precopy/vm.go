package precopy

import (
	"math"
	"slices"
	"time"

	"vmmp/pkg/migration"
)

// MiBPerMbit turns Mbps into MiB/s.
const MiBPerMbit = 1e6 / 8 / (1 << 20)

// A VM holds what the physics knows of a virtual machine and of its migration. It is
// described once and may then be asked any number of times.
type VM struct {
	params Params          // as far as they are known
	ready  Params          // the same with all defaults; not set where too little is known
	curve  migration.Curve // what is known of its dirtying
	memory float64         // MiB of RAM, without what the site adds

	displayMiB, endMiB float64 // of zeros behind RAM, and at its end as far as somebody looked
}

// Describe returns what the physics needs to know of a VM at a site of which nothing is known.
func Describe(x migration.Features) (VM, bool) { return Typical.Describe(x) }

// Describe returns what the physics needs to know of a VM that is migrated at the site, and whether that is
// enough for all that a VM can be asked: it takes a bandwidth, the size of the first
// round and something of the dirty curve. Without the curve only FirstRound
// can be asked. A limit that is not known is QEMU's default.
func (s *Site) Describe(x migration.Features) (VM, bool) {
	line, round := s.Rates(x)
	resident, memory := s.sizes(x)
	if math.IsNaN(line) || math.IsNaN(resident) {
		return VM{}, false
	}
	vm, heat := VM{curve: x.Curve(), memory: memory, displayMiB: s.EndMiB}, s.Heat
	vm.params = Params{
		ResidentMiB:  resident,
		Dirty:        func(t float64) float64 { return vm.curve.At(t * heat) },
		RoundRate:    round,
		LineRate:     line,
		ZeroRate:     s.ZeroRate,
		StateMiB:     stateMiB,
		Limit:        duration(x.Get(migration.DowntimeLimitMS), time.Millisecond),
		Overhead:     s.Overhead,
		Optimism:     s.Optimism,
		AutoConverge: x.Get(migration.AutoConverge) == 1,
		Timeout:      duration(x.Get(migration.TimeoutS), time.Second),
	}
	if tail := x.Get(migration.ZeroTailMiB); tail > 0 {
		vm.endMiB = tail
	}
	vm.lay(&vm.params, s.Zeros)
	s.Configure(&vm.params, x)
	vm.ready = vm.params
	return vm, vm.curve.Known() && vm.ready.complete() == nil
}

// Params returns the parameters of the VM's migration, for Run.
func (vm *VM) Params() Params { return vm.params }

// stateMiB is what the devices of a small guest take: the least that real
// migrations sent while the guest was stopped.
const stateMiB = 0.5

// Rates returns the MiB/s that the stop phase and the rounds of x's migration have at the site, NaN where they are not
// known. A line rate that is not known is at least what the hypervisor was allowed; how much one stream carries bounds
// what is made of a nominal one.
func (s *Site) Rates(x migration.Features) (line, round float64) {
	mbps := x.Get(migration.NetworkBandwidth)
	line = mbps * s.Efficiency * MiBPerMbit
	if Nominal(mbps) {
		line = min(line, s.streams(x)*MiBPerMbit)
	}
	limit := x.Get(migration.BandwidthCap) * MiBPerMbit
	if math.IsNaN(line) {
		line = limit
	}
	if round = line; limit < line {
		round = limit
	}
	return line, round
}

// nominal are the Mbps of links that are sold, alone and in pairs.
var nominal = []float64{
	10, 100, 1000, 2000, 2500, 5000, 10_000, 20_000, 25_000, 40_000, 50_000, 100_000, 200_000, 400_000,
}

// Nominal reports whether a bandwidth is that of a link as it is sold, of which a stream may carry less, rather than
// one that was measured.
func Nominal(mbps float64) bool { return slices.Contains(nominal, mbps) }

// sizes returns the MiB of the first round and the bound on what can be dirty, NaN
// when unknown. Where residency is not known, memory in use stands for it, and where
// huge pages make all of RAM resident, too.
func (s *Site) sizes(x migration.Features) (resident, memory float64) {
	resident, memory = x.Get(migration.ResidentMiB)-s.OffsetMiB, x.Get(migration.MemoryMiB)
	if math.IsNaN(resident) || x.Get(migration.HugePages) == 1 && x.Known().Has(migration.MemoryUsage) {
		resident = memory
		if used := x.Get(migration.MemoryUsage); !math.IsNaN(used) {
			resident = memory * used / 100
		}
	}
	resident = max(resident, 0)
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
