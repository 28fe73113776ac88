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

// parse is the load that the flags ask for. The error lists all their faults.
func (l machineLoad) parse(ctx context.Context, given map[string]bool) (stress.Load, error) {
	load := stress.Load{Folder: l.folder, Ramp: time.Duration(l.ramp), Timeout: time.Duration(l.timeout), Nice: l.nice}
	if load.Folder == "" && (given["io"] || given["hdd"]) {
		load.Folder = os.TempDir()
	}
	readRoom := l.room
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
	faults := orphans(given)
	workers := func(name string, n int) int {
		if n == 0 && given[name] {
			return room.Processors // as in stress-ng
		}
		return n
	}
	load.CPU = stress.CPULoad{Workers: workers("cpu", l.cpu), Share: l.cpuLoad / 100}
	load.IO.Workers = workers("io", l.io)
	load.HDD = stress.HDDLoad{Workers: workers("hdd", l.hdd), Bytes: size(&faults, "hdd-bytes", l.hddBytes)}
	load.VM = l.memory(&faults, workers("vm", l.vm), room, given)
	if len(faults) == 0 {
		faults = dashed(load.Check(room))
	}
	return load, usage(faults.Err())
}

// memory is the load on memory.
func (l machineLoad) memory(faults *migration.Faults, workers int, room host.Room, given map[string]bool) stress.VMLoad {
	v := stress.VMLoad{Workers: workers, DirtyRate: stress.Unpaced}
	if share, ok := strings.CutSuffix(l.vmBytes, "%"); ok {
		percent, err := strconv.ParseFloat(strings.TrimSpace(share), 64)
		if err != nil || !(percent > 0 && percent <= 100) {
			addFault(faults, "vm-bytes", l.vmBytes, fmt.Errorf("must be a share of the available memory above 0%% and up to 100%%, not %q", l.vmBytes))
		}
		v.Bytes = uint64(percent / 100 * float64(room.MemoryBytes) / float64(max(1, workers)))
	} else {
		v.Bytes = size(faults, "vm-bytes", l.vmBytes)
	}
	if given["vm-working-set"] {
		v.WorkingSet = size(faults, "vm-working-set", l.set)
	}
	if given["vm-dirty-rate"] {
		v.DirtyRate = l.dirtyRate(faults)
	}
	return v
}

// dirtyRate reads a rate: a plain number is MiB/s, as of a virtual machine.
func (l machineLoad) dirtyRate(faults *migration.Faults) float64 {
	if mib, err := strconv.ParseFloat(l.dirty, 64); err == nil && mib >= 0 && !math.IsInf(mib, 0) {
		return mib * (1 << 20)
	}
	s, err := stress.ParseSize(l.dirty)
	if err != nil {
		addFault(faults, "vm-dirty-rate", l.dirty, fmt.Errorf("must be a number of MiB/s, or a size such as 512k, not %q", l.dirty))
	}
	return float64(s)
}

// size reads a size that is not nothing.
func size(faults *migration.Faults, name, text string) uint64 {
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

// orphans are flags that say how a stressor works that was not asked for.
func orphans(given map[string]bool) migration.Faults {
	var faults migration.Faults
	for _, f := range []struct{ name, of string }{
		{"cpu-load", "cpu"}, {"vm-bytes", "vm"}, {"vm-dirty-rate", "vm"}, {"vm-working-set", "vm"}, {"hdd-bytes", "hdd"},
	} {
		if given[f.name] && !given[f.of] {
			addFault(&faults, f.name, "", fmt.Errorf("says how --%s works, and no --%s was given", f.of, f.of))
		}
	}
	if given["temp-path"] && !given["io"] && !given["hdd"] {
		addFault(&faults, "temp-path", "", errors.New("is for the files of --io and --hdd, and neither was given"))
	}
	return faults
}

// dashed names the flags in place of stress-ng's options.
func dashed(faults migration.Faults) migration.Faults {
	for i := range faults {
		faults[i].Location = "--" + faults[i].Location
		for _, name := range []string{"vm-bytes", "temp-path"} {
			faults[i].Message = strings.ReplaceAll(faults[i].Message, name, "--"+name)
		}
	}
	return faults
}

// seconds is a time on the command line; a plain number is seconds, as in stress-ng.
type seconds time.Duration

func (s *seconds) String() string {
	if *s == 0 {
		return "" // nothing to show as a default
	}
	return time.Duration(*s).String()
}

// Set reads a time.
func (s *seconds) Set(text string) error {
	if v, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(v) < math.MaxInt64/1e9 {
		*s = seconds(v * float64(time.Second))
		return nil
	}
	d, err := time.ParseDuration(text)
	*s = seconds(d)
	return err
}

// Type is what the help shows as the flag's argument.
func (s *seconds) Type() string { return "duration" }
