package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// stressFlags are those of `vmmp stress`: those of either mode, and the form of the result.
type stressFlags struct {
	machine machineFlags
	api     apiFlags
	output  string

	given map[string]bool // the flags that were typed, not only defaulted to
}

func newStressCommand(e *env) *cobra.Command {
	var flags stressFlags
	c := &cobra.Command{
		Use:   "stress",
		Short: "Load this machine, or the API of a server, in measured amounts",
		Long: `Stress loads this machine with stress-ng's words, and shows second by second what
that does to the predicted downtime of a virtual machine like it. Each stressor
holds its target and reports its work; a summary sets the quiet machine beside
the loaded one.

  --cpu N  compute, for --cpu-load % of the time, each on one core
  --vm N   hold --vm-bytes of memory, and write to --vm-working-set of it so
           that --vm-dirty-rate of distinct memory is dirtied in each second
  --io N   write a little and sync it to the disk, over and over
  --hdd N  write a file of --hdd-bytes, read it back, empty it, over and over

All amounts are of each worker. N of 0 is one worker for each processor. Sizes
take the suffixes b, k, m, g and t in either case, each 1024 times the one before;
a plain number is bytes. --vm-bytes also takes a share of the available memory,
such as 50%, which its workers divide. --vm-dirty-rate is in MiB/s unless it has a
suffix; without it memory is written as fast as can be. --timeout and --ramp take
a time such as 90s or 5m; a plain number is seconds.

Memory or disk space that the machine or its control group does not have is
refused; a reserve of 64 MiB and 5 % stays. Files have no name, so that none is left
however the load ends.

The prediction takes this machine for the virtual machine, and of its dirty rate
what the load dirties for all of it. Ctrl-C ends the load with its summary.

With --url it loads the API of a vmmp server instead, says what became of the
requests, and exits 3 where --max-p99 or --max-errors is exceeded.
` + exitHelp,
		Example: `  vmmp stress --cpu 4 --io 2 --vm 2 --vm-bytes 512M --timeout 60s
  vmmp stress --cpu 0 --cpu-load 70 --ramp 30s --timeout 5m
  vmmp stress --vm 1 --vm-bytes 50% --vm-dirty-rate 200 --vm-working-set 1g -o ndjson
  vmmp stress --hdd 1 --hdd-bytes 2G --nice 10 --metrics-addr 127.0.0.1:9101
  vmmp stress --url http://127.0.0.1:8001 --rate 500 --max-p99 50ms`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			flags.given = given(c)
			return runStress(c.Context(), e, flags)
		},
	}
	flags.machine.add(c.Flags())
	flags.api.add(c.Flags())
	outputFlag(c, &flags.output, "text", "json", "ndjson")
	return c
}

func runStress(ctx context.Context, e *env, flags stressFlags) error {
	if err := usage(flags.check()); err != nil {
		return err
	}
	if flags.given["url"] {
		return runStressAPI(ctx, e, flags.api, flags.output, flags.given)
	}
	return runStressMachine(ctx, e, flags.machine, flags.output, flags.given)
}

// check refuses flags of one mode in the other, and a load of nothing.
func (f stressFlags) check() error {
	machine, api := f.typed(f.machine.flagNames()), f.typed(f.api.flagNames())
	switch {
	case f.given["url"] && machine != "":
		return fmt.Errorf("--url loads an API, and %s this machine: leave out one or the other", machine)
	case f.given["url"]:
		return nil
	case api != "":
		return fmt.Errorf("%s: of the load on an API, which --url names: give it, too", api)
	case f.typed(stressorFlags) == "":
		return errors.New("nothing to load: give --cpu, --vm, --io or --hdd with a number of workers, or --url for an API")
	}
	return nil
}

// typed lists those of the flags that were typed.
func (f stressFlags) typed(names []string) string {
	var typed []string
	for _, name := range names {
		if f.given[name] {
			typed = append(typed, "--"+name)
		}
	}
	return strings.Join(typed, ", ")
}
