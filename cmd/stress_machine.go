package cmd

import (
	"context"

	"github.com/spf13/pflag"

	"vmmp/pkg/host"
)

// machineLoad are the flags of `vmmp stress` that load this machine. Sizes are kept
// as text, so that all their faults can be told at once.
type machineLoad struct {
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
func (l *machineLoad) add(f *pflag.FlagSet) {
	f.IntVar(&l.cpu, "cpu", 0, "workers that compute; 0: one for each processor")
	f.Float64Var(&l.cpuLoad, "cpu-load", 100, "share of one core that each of them takes, 1 to 100 %")
	f.IntVar(&l.vm, "vm", 0, "workers that hold memory and write to it; 0: one for each processor")
	f.StringVar(&l.vmBytes, "vm-bytes", "256M", "memory that each of them holds, or a share such as 50% of what is available, for all")
	f.StringVar(&l.dirty, "vm-dirty-rate", "", "distinct memory that each of them dirties in a second, MiB/s or with a suffix (default: as fast as can be)")
	f.StringVar(&l.set, "vm-working-set", "", "part of its memory that each of them writes to (default: all of it)")
	f.IntVar(&l.io, "io", 0, "workers that sync; 0: one for each processor")
	f.IntVar(&l.hdd, "hdd", 0, "workers that write and read files; 0: one for each processor")
	f.StringVar(&l.hddBytes, "hdd-bytes", "1G", "size of the file of each of them")
	f.StringVar(&l.folder, "temp-path", "", "folder for files (default: that of temporary files)")
	f.Var(&l.timeout, "timeout", "end after this time, such as 60s (default: when interrupted)")
	f.Var(&l.ramp, "ramp", "let the load grow from nothing to its target during this time")
	f.IntVar(&l.nice, "nice", 0, "lower the priority of the load, and of the view, by 1 to 19")
	f.StringVar(&l.metrics, "metrics-addr", "", "show the load to Prometheus on this address, such as 127.0.0.1:9101")
	f.StringVar(&l.model, "model", "", "model file (default: the embedded model)")
}

// flagNames are the flags that mean nothing with --url.
func (machineLoad) flagNames() []string {
	return []string{
		"cpu", "cpu-load", "vm", "vm-bytes", "vm-dirty-rate", "vm-working-set", "io", "hdd", "hdd-bytes",
		"temp-path", "timeout", "ramp", "nice", "metrics-addr", "model",
	}
}

// run loads this machine and shows what comes of it.
func (l machineLoad) run(ctx context.Context, e *env, output string, given map[string]bool) error {
	load, err := l.parse(ctx, given)
	if err != nil {
		return err
	}
	m, err := loadModel(l.model)
	if err != nil {
		return err
	}
	shown, err := l.showMetrics(ctx, e)
	if err != nil {
		return err
	}
	defer shown.close()
	w := &machineWatch{env: e, model: m, load: load, metrics: shown, view: newMachineView(e, output, load)}
	return w.run(ctx)
}
