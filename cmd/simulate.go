package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"vmmp/pkg/simulate"
)

func newSimulateCommand(e *env) *cobra.Command {
	var o simulateFlags
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
	explainFeatures(c)
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

// runSimulate runs one simulation, or those chosen from the menu.
func runSimulate(ctx context.Context, e *env, o simulateFlags) error {
	o.setMode()
	if err := usage(o.check()); err != nil {
		return err
	}
	if err := checkOutput(o.output.form, "text", "json", "ndjson", "csv"); err != nil {
		return err
	}
	if o.modes.interactive {
		return o.menu(ctx, e, runSimulate)
	}
	return o.simulate(ctx, e)
}

// simulate executes one run.
func (o *simulateFlags) simulate(ctx context.Context, e *env) error {
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
	return requestFault(o.show(ctx, e, p))
}
