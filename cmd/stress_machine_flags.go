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

	"github.com/spf13/pflag"

	"vmmp/pkg/host"
	"vmmp/pkg/migration"
	"vmmp/pkg/stress"
)

// machineFlags are the flags of `vmmp stress` that load this machine. Sizes are kept
// as text, so that all their faults can be told at once.
type machineFlags struct {
	cpu, vm, io, hdd    int
	cpuLoad             float64
	vmBytes, dirty, set string
	hddBytes            string
	folder              string
	timeout, ramp       seconds
	nice                int
	model, metrics      string
	room                func(context.Context, string) (host.Room, error) // nil: host.ReadRoom
}

// stressorFlags are the flags that begin a load.
var stressorFlags = []string{"cpu", "vm", "io", "hdd"}

// add declares the flags.
func (f *machineFlags) add(set *pflag.FlagSet) {
	set.IntVar(&f.cpu, "cpu", 0, "workers that compute; 0: one for each processor")
	set.Float64Var(&f.cpuLoad, "cpu-load", 100, "share of one core that each of them takes, 1 to 100 %")
	set.IntVar(&f.vm, "vm", 0, "workers that hold memory and write to it; 0: one for each processor")
	set.StringVar(&f.vmBytes, "vm-bytes", "256M",
		"memory that each of them holds, or a share such as 50% of what is available, for all")
	set.StringVar(&f.dirty, "vm-dirty-rate", "", "distinct memory that each of them dirties in a second, "+
		"MiB/s or with a suffix (default: as fast as can be)")
	set.StringVar(&f.set, "vm-working-set", "", "part of its memory that each of them writes to (default: all of it)")
	set.IntVar(&f.io, "io", 0, "workers that sync; 0: one for each processor")
	set.IntVar(&f.hdd, "hdd", 0, "workers that write and read files; 0: one for each processor")
	set.StringVar(&f.hddBytes, "hdd-bytes", "1G", "size of the file of each of them")
	set.StringVar(&f.folder, "temp-path", "", "folder for files (default: that of temporary files)")
	set.Var(&f.timeout, "timeout", "end after this time, such as 60s (default: when interrupted)")
	set.Var(&f.ramp, "ramp", "let the load grow from nothing to its target during this time")
	set.IntVar(&f.nice, "nice", 0, "lower the priority of the load, and of the view, by 1 to 19")
	set.StringVar(&f.metrics, "metrics-addr", "", "show the load to Prometheus on this address, such as 127.0.0.1:9101")
	set.StringVar(&f.model, "model", "", "model file (default: the embedded model)")
}

// flagNames returns the flags that mean nothing with --url.
func (machineFlags) flagNames() []string {
	return []string{
		"cpu", "cpu-load", "vm", "vm-bytes", "vm-dirty-rate", "vm-working-set", "io", "hdd", "hdd-bytes",
		"temp-path", "timeout", "ramp", "nice", "metrics-addr", "model",
	}
}

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
func (f machineFlags) memory(
	faults *migration.Faults, workers int, room host.Room, given map[string]bool,
) stress.VMLoad {
	v := stress.VMLoad{Workers: workers, DirtyRate: stress.Unpaced}
	if share, ok := strings.CutSuffix(f.vmBytes, "%"); ok {
		percent, err := strconv.ParseFloat(strings.TrimSpace(share), 64)
		if err != nil || !(percent > 0 && percent <= 100) {
			addFault(faults, "vm-bytes", f.vmBytes,
				fmt.Errorf("must be a share of the available memory above 0%% and up to 100%%, not %q",
					f.vmBytes))
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
		addFault(faults, "vm-dirty-rate", f.dirty,
			fmt.Errorf("must be a number of MiB/s, or a size such as 512k, not %q", f.dirty))
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
