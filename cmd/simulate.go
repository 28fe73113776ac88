package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vmmp/pkg/lab"
	"vmmp/pkg/migration"
	"vmmp/pkg/simulate"
)

// SimulateOptions are the flags of `vmmp simulate`.
type SimulateOptions struct {
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

func newSimulateCommand(e *env) *cobra.Command {
	var o SimulateOptions
	c := &cobra.Command{
		Use:   "simulate",
		Short: "Set predictions beside simulated or real migrations",
		Long: `Simulate predicts migrations, has them carried out, and tells for each how far off
the prediction was. Which virtual machines are migrated:

  by default     one VM as busy as this machine is now
  --continuous   the same, measured anew every --interval
  --stress       the named scenarios, or those that --scenario names:
` + scenarioHelp() + `
  --replay FILE  the rows of a CSV or NDJSON file; a row that says what came of its
                 migration is shown as it was
  --fleet N      a made-up fleet, of which the distribution is told, and the best
                 order for a host of --evacuate of its VMs to be emptied in

What the feature flags give stands in place of what is measured, or what a scenario
or a row says. --interactive is a menu of the same.

What migrates is --backend precopy, the physics of pre-copy: guests of the simulated
fleet of which just as much is known, with all that nobody measured and with the
noise, the stalls and the failures of real runs, as fast as they can be computed or
at --speed. The same seed and the same features give the same migrations.

With --backend qemu the migrations are real: a guest that runs vmmp itself is
booted, measured, and moved between two local QEMUs over a link that vmmp shapes.
It is given random work and random moves, but for what the flags of its memory,
vCPUs, link, limit and auto-converge give; everything else is measured of it.
--record keeps the migrations as rows that 'vmmp train --data' reads.

Predictions come from the model in this program, or from the vmmp serve at --url;
with --report that is told what came of each migration, so that its GET /accuracy
follows. Ctrl-C ends a run with its summary.
` + exitHelp,
		Example: `  vmmp simulate
  vmmp simulate --count 100 --net 10000 --dirty-rate 120
  vmmp simulate --continuous --interval 5s --duration 1m
  vmmp simulate --stress --count 20 --save --plot stress.svg
  vmmp simulate --fleet 100000
  vmmp simulate --continuous --interval 1s --url http://localhost:8001 --report
  vmmp simulate --count 1000 --seed 7 -o ndjson > migrations.ndjson
  vmmp simulate --backend qemu --count 3
  vmmp simulate --backend qemu --sweep plan.yaml --record migrations.csv`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			o.given = given(c)
			return runSimulate(c.Context(), e, o)
		},
	}
	o.add(c)
	return c
}

// scenarioHelp lists the scenarios for the help.
func scenarioHelp() string {
	var b strings.Builder
	for _, s := range simulate.Scenarios {
		fmt.Fprintf(&b, "                   %-14s %s\n", s.Name, s.Doc)
	}
	return b.String()
}

// add declares the flags.
func (o *SimulateOptions) add(c *cobra.Command) {
	f := c.Flags()
	o.features.add(f)
	for _, d := range migration.Definitions { // this machine tells what a prediction requires
		flag := f.Lookup(d.Flag)
		flag.Usage = strings.TrimSuffix(flag.Usage, " (required)")
	}
	f.IntVar(&o.request.Count, "count", 1, fmt.Sprintf("migrations, 1 to %d: with --stress of each scenario, with --continuous until the end where it is not given", simulate.MaxCount))
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
func (o *SimulateOptions) addModes(f *pflag.FlagSet) {
	m, r := &o.modes, &o.request
	f.BoolVar(&m.continuous, "continuous", false, "measure this machine anew for each migration, until interrupted")
	f.DurationVar(&r.Interval, "interval", 30*time.Second, "time between two of --continuous")
	f.DurationVar(&r.Duration, "duration", 0, "end --continuous after that time (default: when interrupted)")
	f.BoolVar(&m.stress, "stress", false, "migrate the VMs of the named scenarios")
	f.StringSliceVar(&r.Scenarios, "scenario", nil, "only these scenarios: "+strings.Join(simulate.ScenarioNames(), ", "))
	f.StringVar(&m.replay, "replay", "", "migrate VMs like the rows of this CSV or NDJSON file (- for CSV on standard input), where they have not been")
	f.IntVar(&m.fleet, "fleet", 0, fmt.Sprintf("migrate a made-up fleet of so many VMs, at most %d", simulate.MaxFleet))
	f.IntVar(&m.evacuate, "evacuate", 20, fmt.Sprintf("VMs of --fleet that share a host to be emptied over one link of --net (default %d Mbps); 0: none", simulate.EvacuationMbps))
	f.BoolVar(&m.interactive, "interactive", false, "choose from a menu")
}

// addPredictor declares what says who predicts.
func (o *SimulateOptions) addPredictor(f *pflag.FlagSet) {
	p := &o.predictor
	f.StringVar(&p.model, "model", "", "model file (default: the embedded model)")
	f.StringVar(&p.url, "url", "", "ask the vmmp serve at this URL instead of the model here")
	f.StringVar(&p.token, "token", "", "bearer token for --url (default: VMMP_TOKEN)")
	f.BoolVar(&p.report, "report", false, "tell the vmmp serve at --url what came of each migration")
}

// addBackend declares what says how migrations are carried out.
func (o *SimulateOptions) addBackend(f *pflag.FlagSet) {
	b := &o.backend
	f.StringVar(&b.name, "backend", backendPrecopy, "what migrates: precopy (the physics) or qemu (real migrations between two local QEMUs)")
	f.Float64Var(&o.request.Speed, "speed", 0, "carry the physics' migrations out so many times as fast as they would go: 1 is real time (default: as fast as computed)")
	f.StringVar(&b.record, "record", "", "append each real migration to this CSV file, its trace to FILE"+lab.TraceSuffix)
	f.StringVar(&b.sweep, "sweep", "", "make the real migrations of this plan that are not recorded yet")
	f.StringVar(&b.kernel, "kernel", "", "kernel of the real guests (default: the newest /boot/vmlinuz-*)")
	f.StringVar(&b.qemu, "qemu", "", "emulator of the real guests (default: qemu-system-x86_64 in PATH)")
}

// runSimulate does what the flags say.
func runSimulate(ctx context.Context, e *env, o SimulateOptions) error {
	o.setMode()
	if err := usage(o.check()); err != nil {
		return err
	}
	if err := checkOutput(o.output.form, "text", "json", "ndjson", "csv"); err != nil {
		return err
	}
	if o.modes.interactive {
		return o.menu(ctx, e)
	}
	return o.simulate(ctx, e)
}

// simulate carries one run out.
func (o *SimulateOptions) simulate(ctx context.Context, e *env) error {
	x, faults := o.features.parse()
	if len(faults) == 0 {
		faults = flagFaults(x.Contradictions())
	}
	if err := faults.Err(); err != nil {
		return usage(err)
	}
	o.request.Given = x
	p, err := o.choosePredictor(e)
	if err != nil {
		return err
	}
	if !o.given["seed"] {
		o.request.Seed = simulate.NewSeed()
	}
	switch {
	case o.request.Mode == simulate.OfFleet && !o.output.inRows():
		return o.reportFleet(ctx, e, p)
	case o.backend.name == backendQEMU:
		return o.simulateReal(ctx, e, p)
	case o.request.Mode == simulate.Replay:
		if o.request.Rows, err = e.replayed(ctx, o.modes.replay); err != nil {
			return err
		}
	}
	o.request.Measure = o.measure(e)
	return simulationFault(o.show(ctx, e, p))
}

// simulationFault names the flag in place of the field where a request was not
// possible: where this machine did not tell what is required.
func simulationFault(err error) error {
	var faults migration.Faults
	if errors.As(err, &faults) {
		return usage(flagFaults(faults).Err())
	}
	return err
}
