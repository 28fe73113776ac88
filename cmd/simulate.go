package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"vmmp/pkg/lab"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/simulate"
)

// SimulateOptions are the flags of `vmmp simulate`.
type SimulateOptions struct {
	features featureFlags
	count    int
	seed     uint64
	model    string
	output   string
	backend  string
	lab      labFlags

	given map[string]bool // the flags that were typed, not only defaulted to
}

func newSimulateCommand(e *env) *cobra.Command {
	var o SimulateOptions
	c := &cobra.Command{
		Use:   "simulate",
		Short: "Set a prediction beside simulated or real migrations",
		Long: `Simulate takes this machine for the virtual machine, predicts its migration, and
then migrates virtual machines of which just as much is known: guests of the
simulated fleet, with all that nobody measured and with the noise of real runs.
It tells for each how far off the prediction was.

What the feature flags give stands in place of what is measured here; where they
give all that a machine tells of itself, nothing is measured. The same seed and
the same features give the same migrations.

With --backend qemu the migrations are real: a guest that runs vmmp itself is
booted, measured, and moved between two local QEMUs over a link that vmmp shapes.
It is given random work and random moves, but for what the flags of its memory,
vCPUs, link, limit and auto-converge give; everything else is measured of it.
--record keeps the migrations as rows that 'vmmp train --data' reads.
` + exitHelp,
		Example: `  vmmp simulate
  vmmp simulate --count 100 --net 10000 --dirty-rate 120
  vmmp simulate --count 1000 --seed 7 -o ndjson > migrations.ndjson
  vmmp simulate --backend qemu --count 3
  vmmp simulate --backend qemu --sweep plan.yaml --record migrations.csv`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			o.given = given(c)
			return runSimulate(c.Context(), e, o)
		},
	}
	f := c.Flags()
	o.features.add(f)
	for _, d := range migration.Definitions { // this machine tells what a prediction requires
		flag := f.Lookup(d.Flag)
		flag.Usage = strings.TrimSuffix(flag.Usage, " (required)")
	}
	f.IntVar(&o.count, "count", 1, fmt.Sprintf("migrations, 1 to %d", simulate.MaxCount))
	f.Uint64Var(&o.seed, "seed", 0, "seed of every draw (default: another each time, which is told)")
	f.StringVar(&o.backend, "backend", backendPrecopy, "what migrates: precopy (the physics) or qemu (real migrations between two local QEMUs)")
	f.StringVar(&o.lab.record, "record", "", "append each real migration to this CSV file, its trace to FILE"+lab.TraceSuffix)
	f.StringVar(&o.lab.sweep, "sweep", "", "make the real migrations of this plan that are not recorded yet")
	f.StringVar(&o.lab.kernel, "kernel", "", "kernel of the real guests (default: the newest /boot/vmlinuz-*)")
	f.StringVar(&o.lab.qemu, "qemu", "", "emulator of the real guests (default: qemu-system-x86_64 in PATH)")
	f.StringVar(&o.model, "model", "", "model file (default: the embedded model)")
	outputFlag(c, &o.output, "text", "json", "ndjson", "csv")
	return c
}

// check refuses what cannot be simulated, before anything is measured.
func (o SimulateOptions) check() error {
	if o.count < 1 || o.backend != backendQEMU && o.count > simulate.MaxCount {
		return usage(fmt.Errorf("--count %d must be 1 to %d", o.count, simulate.MaxCount))
	}
	switch {
	case o.backend != backendPrecopy && o.backend != backendQEMU:
		return usage(fmt.Errorf("--backend %q must be %s or %s", o.backend, backendPrecopy, backendQEMU))
	case o.backend == backendPrecopy:
		for _, name := range []string{"record", "sweep", "kernel", "qemu"} {
			if o.given[name] {
				return usage(fmt.Errorf("--%s is of real migrations: give --backend %s too", name, backendQEMU))
			}
		}
	}
	return checkOutput(o.output, "text", "json", "ndjson", "csv")
}

func runSimulate(ctx context.Context, e *env, o SimulateOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	x, faults := o.features.parse()
	if len(faults) == 0 {
		faults = flagFaults(x.Contradictions())
	}
	if err := faults.Err(); err != nil {
		return usage(err)
	}
	m, err := loadModel(o.model)
	if err != nil {
		return err
	}
	r := simulate.Request{Features: x, Count: o.count, Seed: o.seed}
	if !o.given["seed"] {
		r.Seed = simulate.NewSeed()
	}
	if o.backend == backendQEMU {
		return o.runLab(ctx, e, m, r)
	}
	if r.Host, err = o.measure(ctx, e, x); err != nil {
		return err
	}
	return simulationFault(o.write(ctx, e, m, simulate.Physics{}, r))
}

// measure is what this machine tells, nothing where all of that is given.
func (o SimulateOptions) measure(ctx context.Context, e *env, x migration.Features) (migration.Features, error) {
	if simulate.Wanted(x.Known()) == 0 {
		return migration.Features{}, nil
	}
	s, err := e.snapshot(ctx, liveInterval)
	if err != nil {
		return migration.Features{}, fmt.Errorf("read this machine: %w", err)
	}
	return s.Features(), nil
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

// write carries out the simulation and writes it in the form that was asked for.
func (o SimulateOptions) write(ctx context.Context, e *env, m *model.Model, back simulate.Backend, r simulate.Request) error {
	if o.output == "ndjson" || o.output == "csv" {
		return o.stream(ctx, e, m, back, r)
	}
	result, err := simulate.Run(ctx, m, back, r)
	if err != nil {
		return err
	}
	if o.output == "json" {
		return e.writeJSON(result)
	}
	return e.writeSimulation(r.Features, result)
}

// stream writes each migration as soon as it is over.
func (o SimulateOptions) stream(ctx context.Context, e *env, m *model.Model, back simulate.Backend, r simulate.Request) error {
	out := newMigrationWriter(e.stdout, o.output)
	for done, err := range simulate.Stream(ctx, m, back, r) {
		if err != nil {
			return err
		}
		if err := out.write(&done); err != nil {
			return err
		}
	}
	if !o.given["seed"] && o.backend != backendQEMU {
		fmt.Fprintf(e.stderr, "vmmp: --seed %d repeats these migrations, where the features are the same\n", r.Seed)
	}
	return nil
}
