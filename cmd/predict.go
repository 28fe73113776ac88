package cmd

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/render"
	"vmmp/pkg/host"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

func newPredictCommand(e *env) *cobra.Command {
	var flags predictFlags
	c := &cobra.Command{
		Use:   "predict [VM]",
		Short: "Predict the downtime of a migration from what is known of the VM",
		Long: `Predict answers, from whatever is known of a virtual machine, how long a live
migration will pause it, how long the move takes and whether it converges. Only
--cpu and --mem are required; every further feature makes the answer surer. A number
may carry its unit, such as --memory 4GiB, --net 10Gbps or --downtime-limit 1.5s.

With the name of a VM and where it runs (--libvirt, --qmp, --prometheus) it takes what
is not given from there, and says where it has it from. With --all it answers for every
VM that runs there.

With --max-downtime it asks: is the probability that pre-copy switches over by
itself and stays under that limit at least the assurance? If not, it exits 3.

With --input it answers every row of a file ('-' is standard input): a table as CSV
or NDJSON, or what virsh domjobinfo and domstats, QEMU's monitor, an exporter of
Prometheus or a task of Proxmox printed, which is recognised. Any feature may be
unknown there. A row that cannot be read is told of and not answered; the
others are, and the exit status is 2. Where downtime_ms is given too, the accuracy is
told on standard error.
` + exitHelp,
		Example: `  vmmp predict --cpu 75 --mem 68
  vmmp predict --live --explain
  vmmp predict web-1 --libvirt --net 10G
  vmmp predict --all --libvirt --sort downtime
  vmmp predict --pid "$(pgrep -f guest=web)" --net 10000 --dirty-rate 20
  vmmp predict --cpu 75 --mem 68 --net 10000 --memory 65536 --dirty-rate 120 --max-downtime 300ms || echo "not now"
  vmmp predict --input fleet.csv -o csv > predicted.csv`,
		Args: atMostOneVM,
		RunE: func(c *cobra.Command, args []string) error {
			if args = flags.place.takeURI(args); len(args) > 0 {
				flags.vm = args[0]
			}
			if !c.Flags().Changed("output") && flags.input != "" {
				flags.output = ""
			}
			flags.given = given(c)
			return runPredict(c.Context(), e, flags)
		},
	}
	flags.add(c.Flags())
	outputFlag(c, &flags.output, "text", "json", "csv", "ndjson")
	explainFeatures(c)
	return c
}

func runPredict(ctx context.Context, e *env, flags predictFlags) error {
	if err := usage(flags.check()); err != nil {
		return err
	}
	switch {
	case flags.all:
		return runPredictAll(ctx, e, flags)
	case flags.ofPlace():
		return runPredictVM(ctx, e, flags)
	case flags.input != "":
		return runPredictRows(ctx, e, flags)
	}
	if flags.output == "csv" || flags.output == "ndjson" {
		return usage(fmt.Errorf("-o %s writes the rows of a file: add --input FILE, or take text or json", flags.output))
	}
	if err := checkOutput(flags.output, "text", "json"); err != nil {
		return err
	}
	x, err := flags.request(ctx, e)
	if err != nil {
		return err
	}
	m, err := flags.loadModel(ctx, e)
	if err != nil {
		return err
	}
	p := m.Predict(x, model.Options{Explain: flags.explain, Within: flags.maxDowntime})
	if flags.output == "json" {
		err = e.writeJSON(p)
	} else {
		err = e.writePage(func(t *page.Page) { render.Prediction(t, x, p) })
	}
	if err != nil {
		return err
	}
	return flags.verdict(p)
}

// request returns what is known of the VM: the flags, and this machine under --live, or a process of it under --pid.
func (f predictFlags) request(ctx context.Context, e *env) (migration.Features, error) {
	x, faults := f.features.parse()
	if f.live && len(faults) == 0 {
		s, err := e.snapshot(ctx, liveInterval)
		if err != nil {
			return x, fmt.Errorf("read this machine: %w", err)
		}
		x = x.Or(s.Features())
	}
	if f.pid > 0 && len(faults) == 0 {
		h, err := e.hypervisor(ctx, f.pid, liveInterval)
		if errors.Is(err, host.ErrNotQEMU) {
			return x, usage(fmt.Errorf("--pid: %w", err))
		}
		if err != nil {
			return x, fmt.Errorf("read the hypervisor: %w", err)
		}
		x = x.Or(h.Features())
	}
	if len(faults) == 0 {
		faults = flagFaults(x.Validate())
	}
	return x, usage(faults.Err())
}

// verdict returns the error of a limit that is not kept with the assurance asked for.
func (f predictFlags) verdict(p prediction.Prediction) error {
	if p.ProbabilityWithinLimit == nil || *p.ProbabilityWithinLimit >= f.assurance {
		return nil
	}
	// Rounded down, so that what falls short of the assurance never looks equal to it.
	return exceeded("the pause stays under %v with probability %.3f, below the assurance of %g",
		f.maxDowntime, math.Floor(*p.ProbabilityWithinLimit*1000)/1000, f.assurance)
}
