// Package cmd is vmmp's command line: one file for each verb, no logic of its own.
package cmd

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Execute runs the command that the process was started with and answers its exit
// code. SIGINT and SIGTERM end the command in order.
func Execute() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, processEnv())
}

// run is Execute in a given environment.
func run(ctx context.Context, e *env) int {
	root := newRootCommand(e)
	root.SetArgs(e.args)
	err := root.ExecuteContext(ctx)
	if err != nil {
		report(e.stderr, err)
	}
	return exitCode(err)
}

func newRootCommand(e *env) *cobra.Command {
	root := &cobra.Command{
		Use:   "vmmp",
		Short: "Predict the downtime of a live migration before it starts",
		Long: `vmmp says how long a virtual machine will be paused by a live migration, how
long the move takes, whether it converges, how sure that is, and why.
` + exitHelp,
		Example: `  vmmp predict --cpu 75 --mem 68
  vmmp predict --live --explain
  vmmp train --data migrations.csv --cv 5 --out mine.vmmp`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SuggestionsMinimumDistance = 2
	root.SetIn(e.stdin)
	root.SetOut(e.stdout)
	root.SetErr(e.stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage(fmt.Errorf("%w; see '%s --help'", err, c.CommandPath()))
	})
	root.AddCommand(newPredictCommand(e), newTrainCommand(e), newVersionCommand(e))
	return root
}

// knownCommand refuses a word that is no command, and says which was meant.
func knownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	meant := ""
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		meant = fmt.Sprintf("; did you mean %s?", strings.Join(near, " or "))
	}
	return usage(fmt.Errorf("unknown command %q%s; see 'vmmp --help'", args[0], meant))
}

// noArguments refuses arguments that are no flags, as a fault of usage.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(fmt.Errorf("%s takes flags only, not %q; see '%s --help'", c.CommandPath(), args[0], c.CommandPath()))
	}
	return nil
}
