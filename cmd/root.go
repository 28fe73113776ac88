// Package cmd is vmmp's command line: one file for each verb, no logic of its own.
package cmd

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"vmmp/pkg/lab/guest"
)

// Execute runs the command that the process was started with and returns its exit code. In a guest of the lab there is
// no command: the process is the workload. SIGINT and SIGTERM end the command in order, a second one at once.
func Execute() int {
	if guest.Inside() {
		guest.Run()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return execute(ctx, processEnv())
}

// Root returns the tree of vmmp's commands, for programs that describe them.
func Root() *cobra.Command { return newRootCommand(processEnv(), os.Stdout) }

// execute does the same as Execute in a given environment.
func execute(ctx context.Context, e *env) int {
	out := &helpWriter{w: e.stdout}
	root := newRootCommand(e, out)
	root.SetArgs(e.args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = wrapWrite(out.err)
	}
	if err != nil {
		report(e.stderr, err)
	}
	return exitCode(err)
}

// helpWriter remembers the first error of writing what cobra prints, which it does not tell.
type helpWriter struct {
	w   io.Writer
	err error
}

// Write writes text, and keeps the error.
func (h *helpWriter) Write(text []byte) (int, error) {
	n, err := h.w.Write(text)
	if h.err == nil {
		h.err = err
	}
	return n, err
}

// newRootCommand returns the command tree; out takes the help and the completions.
func newRootCommand(e *env, out io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "vmmp",
		Short: "Predict the downtime of a live migration before it starts",
		Long: `vmmp says how long a virtual machine will be paused by a live migration, how
long the move takes, whether it converges, how sure that is, and why.
` + exitHelp,
		Example: `  vmmp predict --cpu 75 --mem 68
  vmmp predict --live --explain
  vmmp simulate --count 100
  vmmp train --data migrations.csv --cv 5 --out mine.vmmp
  vmmp stress --cpu 4 --io 2 --vm 2 --vm-bytes 512M --timeout 60s
  vmmp serve`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SuggestionsMinimumDistance = 2
	root.SetIn(e.stdin)
	root.SetOut(out)
	root.SetErr(e.stderr)
	root.SetFlagErrorFunc(flagFault)
	root.AddCommand(newPredictCommand(e), newSimulateCommand(e), newTrainCommand(e), newServeCommand(e),
		newRecordCommand(e), newStressCommand(e), newHealthCommand(e), newVersionCommand(e))
	setUpCobraCommands(root)
	return root
}

// setUpCobraCommands makes the commands that cobra brings refuse what they do not know
// as ours do: it would show the help, or exit 1.
func setUpCobraCommands(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Args = knownTopic
		case "completion":
			c.Args = knownCommand
			c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
			for _, shell := range c.Commands() {
				shell.Args = noArguments
			}
		}
	}
}

// knownTopic refuses to help with a command that is none.
func knownTopic(c *cobra.Command, args []string) error {
	if found, rest, err := c.Root().Find(args); err != nil || len(rest) > 0 {
		return knownCommand(found, args[len(args)-max(1, len(rest)):])
	}
	return nil
}
