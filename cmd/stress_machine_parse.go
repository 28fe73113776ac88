package cmd

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"vmmp/pkg/host"
	"vmmp/pkg/migration"
	"vmmp/pkg/stress"
)

// parse returns the load that the flags ask for. The error lists all their faults.
func (f machineFlags) parse(ctx context.Context, given map[string]bool) (stress.Load, error) {
	load := stress.Load{Folder: f.folder, Ramp: time.Duration(f.ramp), Timeout: time.Duration(f.timeout), Nice: f.nice}
	if load.Folder == "" && (given["io"] || given["hdd"]) {
		load.Folder = os.TempDir()
	}
	readRoom := f.room
	if readRoom == nil {
		readRoom = host.ReadRoom
	}
	room, err := readRoom(ctx, load.Folder)
	if err != nil && load.Folder != "" {
		err = usage(fmt.Errorf("%w; --temp-path chooses another folder", err))
	}
	if err != nil {
		return load, err
	}
	faults := checkStressors(given)
	workers := func(name string, n int) int {
		if n == 0 && given[name] {
			return room.Processors // as in stress-ng
		}
		return n
	}
	load.CPU = stress.CPULoad{Workers: workers("cpu", f.cpu), Share: f.cpuLoad / 100}
	load.IO.Workers = workers("io", f.io)
	load.HDD = stress.HDDLoad{Workers: workers("hdd", f.hdd), Bytes: parseSize(&faults, "hdd-bytes", f.hddBytes)}
	load.VM = f.memory(&faults, workers("vm", f.vm), room, given)
	if len(faults) == 0 {
		faults = namedAsFlags(load.Check(room))
	}
	return load, usage(faults.Err())
}

// memory returns the load on memory.
func (f machineFlags) memory(faults *migration.Faults, workers int, room host.Room, given map[string]bool) stress.VMLoad {
	v := stress.VMLoad{Workers: workers, DirtyRate: stress.Unpaced}
	if share, ok := strings.CutSuffix(f.vmBytes, "%"); ok {
		percent, err := strconv.ParseFloat(strings.TrimSpace(share), 64)
		if err != nil || !(percent > 0 && percent <= 100) {
			addFault(faults, "vm-bytes", f.vmBytes, fmt.Errorf("must be a share of the available memory above 0%% and up to 100%%, not %q", f.vmBytes))
		}
		v.Bytes = uint64(percent / 100 * float64(room.MemoryBytes) / float64(max(1, workers)))
	} else {
		v.Bytes = parseSize(faults, "vm-bytes", f.vmBytes)
	}
	if given["vm-working-set"] {
		v.WorkingSet = parseSize(faults, "vm-working-set", f.set)
	}
	if given["vm-dirty-rate"] {
		v.DirtyRate = f.dirtyRate(faults)
	}
	return v
}

// dirtyRate reads a rate: a plain number is MiB/s, as of a virtual machine.
func (f machineFlags) dirtyRate(faults *migration.Faults) float64 {
	if mib, err := strconv.ParseFloat(f.dirty, 64); err == nil && mib >= 0 && !math.IsInf(mib, 0) {
		return mib * (1 << 20)
	}
	s, err := stress.ParseSize(f.dirty)
	if err != nil {
		addFault(faults, "vm-dirty-rate", f.dirty, fmt.Errorf("must be a number of MiB/s, or a size such as 512k, not %q", f.dirty))
	}
	return float64(s)
}

// parseSize reads a size that is not nothing.
func parseSize(faults *migration.Faults, name, text string) uint64 {
	s, err := stress.ParseSize(text)
	if err == nil && s < 1 {
		err = fmt.Errorf("must be above 0")
	}
	if err != nil {
		addFault(faults, name, text, err)
	}
	return uint64(s)
}

func addFault(faults *migration.Faults, name, value string, err error) {
	*faults = append(*faults, migration.Fault{Location: "--" + name, Message: err.Error(), Value: value})
}

// checkStressors refuses flags that say how a stressor works that was not asked for.
func checkStressors(given map[string]bool) migration.Faults {
	var faults migration.Faults
	for _, flag := range []struct{ name, of string }{
		{"cpu-load", "cpu"}, {"vm-bytes", "vm"}, {"vm-dirty-rate", "vm"}, {"vm-working-set", "vm"}, {"hdd-bytes", "hdd"},
	} {
		if given[flag.name] && !given[flag.of] {
			addFault(&faults, flag.name, "", fmt.Errorf("says how --%s works, and no --%s was given", flag.of, flag.of))
		}
	}
	if given["temp-path"] && !given["io"] && !given["hdd"] {
		addFault(&faults, "temp-path", "", errors.New("is for the files of --io and --hdd, and neither was given"))
	}
	return faults
}

// namedAsFlags names the flags in place of stress-ng's options.
func namedAsFlags(faults migration.Faults) migration.Faults {
	for i := range faults {
		faults[i].Location = "--" + faults[i].Location
		for _, name := range []string{"vm-bytes", "temp-path"} {
			faults[i].Message = strings.ReplaceAll(faults[i].Message, name, "--"+name)
		}
	}
	return faults
}
