package cmd

import (
	"context"

	"github.com/spf13/pflag"

	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/render"
	"vmmp/pkg/host"
	"vmmp/pkg/model"
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
	set.StringVar(&f.vmBytes, "vm-bytes", "256M", "memory that each of them holds, or a share such as 50% of what is available, for all")
	set.StringVar(&f.dirty, "vm-dirty-rate", "", "distinct memory that each of them dirties in a second, MiB/s or with a suffix (default: as fast as can be)")
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

// flagNames are the flags that mean nothing with --url.
func (machineFlags) flagNames() []string {
	return []string{
		"cpu", "cpu-load", "vm", "vm-bytes", "vm-dirty-rate", "vm-working-set", "io", "hdd", "hdd-bytes",
		"temp-path", "timeout", "ramp", "nice", "metrics-addr", "model",
	}
}

// runStressMachine loads this machine and shows what comes of it, however the load ends.
func runStressMachine(ctx context.Context, e *env, flags stressFlags) error {
	if err := checkOutput(flags.output, "text", "json", "ndjson"); err != nil {
		return err
	}
	load, err := flags.machine.parse(ctx, flags.given)
	if err != nil {
		return err
	}
	m, err := loadModel(flags.machine.model)
	if err != nil {
		return err
	}
	shown, err := flags.machine.showMetrics(ctx, e)
	if err != nil {
		return err
	}
	defer shown.close()
	predicted := func(o stress.Observation) render.Observation {
		return render.Observation{Observation: o, Prediction: m.Predict(o.Features, model.Ask{})}
	}
	view := render.NewLoadView(e.newLive(), e.colored(), flags.output, load)
	view.Measuring()
	monitor := stress.Monitor{
		Load: load, Read: e.snapshot,
		Quiet: func(o stress.Observation) { view.Begin(predicted(o)) },
		Loaded: func(seen stress.Observation) error {
			o := predicted(seen)
			shown.show(o)
			return wrapWrite(view.Show(o))
		},
	}
	s, err := monitor.Run(ctx)
	if s == nil {
		view.End() //nolint:errcheck // a fault of writing is err already
		return err
	}
	summary := render.LoadSummary{Quiet: predicted(s.Quiet), Load: s.Load, Interrupted: s.Interrupted}
	if s.Loaded != nil {
		summary.Loaded = new(predicted(*s.Loaded))
	}
	if fault := writeLoad(e, flags.output, view, load, summary); fault != nil {
		return fault
	}
	return err
}

// writeLoad ends the view with what came of the load.
func writeLoad(e *env, output string, view *render.LoadView, load stress.Load, s render.LoadSummary) error {
	result := render.NewLoadResult(s)
	view.KeepSummary(result)
	if err := wrapWrite(view.End()); err != nil {
		return err
	}
	switch output {
	case "json":
		return e.writeJSON(result)
	case "text":
		return e.writePage(func(t *page.Page) { render.Load(t, load, s) })
	}
	return nil
}
