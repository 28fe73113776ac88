package host

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v3/process"

	"vmmp/pkg/migration"
)

// Hypervisor is a QEMU process as the operator of its host sees it. Numbers that its command line does not tell are 0.
type Hypervisor struct {
	MemoryMiB  int     // RAM of the guest
	VCPUs      int     // of the guest
	KVM        bool    // runs the guest on the processor, rather than emulating one
	CPUPercent float64 // of its virtual CPUs, 0..100; NaN where their number is not known
	RAM        GuestRAM
}

// ErrNotQEMU is wrapped by the error of a process whose command line does not say how much RAM a guest has.
var ErrNotQEMU = errors.New("not a QEMU with a guest")

// ReadHypervisor measures the QEMU of a process id over so much time. Errors are ErrNotQEMU, those of ctx, and those of
// reading /proc/PID, which takes root or the process's own user.
func ReadHypervisor(ctx context.Context, pid int, over time.Duration) (Hypervisor, error) {
	p, err := process.NewProcessWithContext(ctx, int32(pid))
	if err != nil {
		return Hypervisor{}, fmt.Errorf("read process %d: %w", pid, err)
	}
	words, err := p.CmdlineSliceWithContext(ctx)
	if err != nil {
		return Hypervisor{}, fmt.Errorf("read the command line of process %d: %w", pid, err)
	}
	h := parseCommandLine(words)
	if h.MemoryMiB == 0 {
		return h, fmt.Errorf("process %d: %w: its command line has no -m", pid, ErrNotQEMU)
	}
	if h.CPUPercent, err = busy(ctx, p, over); err != nil {
		return h, fmt.Errorf("read the CPU time of process %d: %w", pid, err)
	}
	h.CPUPercent = min(h.CPUPercent/float64(h.VCPUs), 100)
	h.RAM, err = ReadGuestRAM(pid, h.MemoryMiB)
	return h, err
}

// busy returns the CPU time of a process over some time, as a percentage of one processor.
func busy(ctx context.Context, p *process.Process, over time.Duration) (float64, error) {
	before, err := p.TimesWithContext(ctx)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(over):
	}
	after, err := p.TimesWithContext(ctx)
	if err != nil {
		return 0, err
	}
	return 100 * (after.User + after.System - before.User - before.System) / time.Since(start).Seconds(), nil
}

// parseCommandLine reads what QEMU's options -m, -smp and -accel say.
func parseCommandLine(words []string) Hypervisor {
	h := Hypervisor{VCPUs: 1, CPUPercent: math.NaN()}
	for i, word := range words {
		option, value := strings.TrimPrefix(word, "-"), ""
		if i+1 < len(words) {
			value = words[i+1]
		}
		switch strings.TrimPrefix(option, "-") {
		case "m":
			h.MemoryMiB = parseSize(parameter(value, "size"))
		case "smp":
			if n, err := strconv.Atoi(parameter(value, "cpus")); err == nil && n > 0 {
				h.VCPUs = n
			}
		case "enable-kvm":
			h.KVM = true
		case "accel":
			h.KVM = h.KVM || parameter(value, "accel") == "kvm"
		case "machine", "M":
			h.KVM = h.KVM || slices.Contains(strings.Split(value, ","), "accel=kvm")
		}
	}
	return h
}

// parameter returns what an option says under a name, which its first parameter may leave out.
func parameter(option, name string) string {
	for i, part := range strings.Split(option, ",") {
		key, value, named := strings.Cut(part, "=")
		if named && key == name {
			return value
		}
		if !named && i == 0 {
			return part
		}
	}
	return ""
}

// parseSize reads a size as QEMU writes it, in MiB where it has no unit; 0 where it is none.
func parseSize(text string) int {
	if text == "" {
		return 0
	}
	unit, digits := 1.0, text
	switch text[len(text)-1] {
	case 'k', 'K':
		unit, digits = 1.0/1024, text[:len(text)-1]
	case 'm', 'M':
		digits = text[:len(text)-1]
	case 'g', 'G':
		unit, digits = 1024, text[:len(text)-1]
	case 't', 'T':
		unit, digits = 1<<20, text[:len(text)-1]
	}
	size, err := strconv.ParseFloat(digits, 64)
	if err != nil || !(size > 0 && size*unit <= math.MaxInt32) {
		return 0
	}
	return int(size * unit)
}

// Features returns the guest described as the VM to migrate. Memory in use is what the host holds for it, which its own
// kernel does not tell apart.
func (h Hypervisor) Features() migration.Features {
	var x migration.Features
	kind := float64(migration.HypervisorTCG)
	if h.KVM {
		kind = migration.HypervisorKVM
	}
	memory := float64(h.MemoryMiB)
	resident := min(h.RAM.ResidentMiB, memory)
	for f, v := range map[migration.Feature]float64{
		migration.CPULoad:     h.CPUPercent,
		migration.MemoryUsage: 100 * resident / memory,
		migration.MemoryMiB:   memory,
		migration.ResidentMiB: resident,
		migration.VCPUs:       float64(h.VCPUs),
		migration.Hypervisor:  kind,
		migration.ZeroTailMiB: h.RAM.ZeroTailMiB,
	} {
		d := f.Definition()
		if v >= d.Min && v <= d.Max {
			x.Set(f, v)
		}
	}
	return x
}
