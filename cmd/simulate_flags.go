package cmd

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vmmp/pkg/lab/sweep"
	"vmmp/pkg/migration"
	"vmmp/pkg/simulate"
)

// simulateFlags are the flags of `vmmp simulate`.
type simulateFlags struct {
	request   simulate.Request // what flags say of it by themselves
	features  featureFlags
	modes     modeFlags
	predictor predictorFlags
	backend   backendFlags
	output    simulationOutput

	given map[string]bool // the flags that were typed, not only defaulted to
}

// modeFlags say which VMs are migrated.
type modeFlags struct {
	continuous  bool
	stress      bool
	replay      string
	fleet       int
	evacuate    int
	interactive bool
}

// predictorFlags say who predicts.
type predictorFlags struct {
	model  string
	url    string
	token  string
	report bool
}

// backendFlags say who migrates.
type backendFlags struct {
	name   string
	record string
	sweep  string
	kernel string
	qemu   string
}

// Back ends of `vmmp simulate`.
const (
	backendPrecopy = "precopy"
	backendQEMU    = "qemu"
)

// simulationOutput is what becomes of a run.
type simulationOutput struct {
	form string
	save bool
	plot string
}

// inRows reports whether each migration is written as a row.
func (o *simulationOutput) inRows() bool { return o.form == "csv" || o.form == "ndjson" }

// keeps reports whether the run is to be kept in files.
func (o *simulationOutput) keeps() bool { return o.save || o.plot != "" }

// add declares the flags.
func (o *simulateFlags) add(c *cobra.Command) {
	f := c.Flags()
	o.features.add(f)
	for _, d := range migration.Definitions { // this machine tells what a prediction requires
		flag := f.Lookup(d.Flag)
		flag.Usage = strings.TrimSuffix(flag.Usage, " (required)")
	}
	f.IntVar(&o.request.Count, "count", 1, fmt.Sprintf("migrations, 1 to %d: with --stress of each scenario, "+
		"with --continuous until the end where it is not given", simulate.MaxCount))
	f.Uint64Var(&o.request.Seed, "seed", 0, "seed of every draw (default: another each time, which is told)")
	o.addModes(f)
	o.addPredictor(f)
	f.BoolVar(&o.output.save, "save", false, "write the run to simulation_results_YYYYmmdd_HHMMSS.json in this folder")
	f.StringVar(&o.output.plot, "plot", "", "draw predicted against actual downtimes into this SVG file")
	o.addBackend(f)
	outputFlag(c, &o.output.form, "text", "json", "ndjson", "csv")
	completion := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return simulate.ScenarioNames(), cobra.ShellCompDirectiveNoFileComp
	}
	if err := c.RegisterFlagCompletionFunc("scenario", completion); err != nil {
		panic(err) // only if the flag did not exist
	}
}

// addModes declares what says which VMs are migrated.
func (o *simulateFlags) addModes(f *pflag.FlagSet) {
	m, r := &o.modes, &o.request
	f.BoolVar(&m.continuous, "continuous", false, "measure this machine anew for each migration, until interrupted")
	f.DurationVar(&r.Interval, "interval", 30*time.Second, "time between two of --continuous")
	f.DurationVar(&r.Duration, "duration", 0, "end --continuous after that time (default: when interrupted)")
	f.BoolVar(&m.stress, "stress", false, "migrate the VMs of the named scenarios")
	f.StringSliceVar(&r.Scenarios, "scenario", nil, "only these scenarios: "+strings.Join(simulate.ScenarioNames(), ", "))
	f.StringVar(&m.replay, "replay", "",
		"migrate VMs like the rows of this CSV or NDJSON file (- for CSV on standard input), where they have not been")
	f.IntVar(&m.fleet, "fleet", 0, fmt.Sprintf("migrate a made-up fleet of so many VMs, at most %d", simulate.MaxFleet))
	f.IntVar(&m.evacuate, "evacuate", 20, fmt.Sprintf("VMs of --fleet that share a host to be emptied over one link of "+
		"--net (default %d Mbps); 0: none", simulate.EvacuationMbps))
	f.BoolVar(&m.interactive, "interactive", false, "choose from a menu")
}

// addPredictor declares what says who predicts.
func (o *simulateFlags) addPredictor(f *pflag.FlagSet) {
	p := &o.predictor
	f.StringVar(&p.model, "model", "", "model file (default: the embedded model)")
	f.StringVar(&p.url, "url", "", "ask the vmmp serve at this URL instead of the model here")
	f.StringVar(&p.token, "token", "", "bearer token for --url (default: VMMP_TOKEN)")
	f.BoolVar(&p.report, "report", false, "tell the vmmp serve at --url what came of each migration")
}

// addBackend declares what says how migrations are carried out.
func (o *simulateFlags) addBackend(f *pflag.FlagSet) {
	b := &o.backend
	f.StringVar(&b.name, "backend", backendPrecopy,
		"what migrates: precopy (the physics) or qemu (real migrations between two local QEMUs)")
	f.Float64Var(&o.request.Speed, "speed", 0, "carry the physics' migrations out so many times as fast as "+
		"they would go: 1 is real time (default: as fast as computed)")
	f.StringVar(&b.record, "record", "",
		"append each real migration to this CSV file, its trace to FILE"+sweep.TraceSuffix)
	f.StringVar(&b.sweep, "sweep", "", "make the real migrations of this plan that are not recorded yet")
	f.StringVar(&b.kernel, "kernel", "", "kernel of the real guests (default: the newest /boot/vmlinuz-*)")
	f.StringVar(&b.qemu, "qemu", "", "emulator of the real guests (default: qemu-system-x86_64 in PATH)")
}

// setMode makes the request that of the VMs which the flags name.
func (o *simulateFlags) setMode() {
	r := &o.request
	switch {
	case o.modes.continuous:
		r.Mode, r.Endless = simulate.Continuous, !o.given["count"]
	case o.modes.stress || len(r.Scenarios) > 0:
		r.Mode = simulate.Stress
	case o.modes.replay != "":
		r.Mode = simulate.Replay
	case o.given["fleet"]:
		r.Mode, r.Count = simulate.OfFleet, o.modes.fleet
	default:
		r.Mode = simulate.Single
	}
	if o.backend.name == backendQEMU {
		r.Backend = simulate.QEMU{}
	}
}
