// Package cmd is vmmp's command line: one file for each verb, no logic of its own.
package cmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"vmmp/pkg/lab/guest"
)

// Execute runs the command that the process was started with and answers its exit
// code. In a guest of the lab there is no command: the process is the workload. SIGINT and SIGTERM end the command in order, a second one at once.
func Execute() int {
	if guest.Inside() {
		guest.Run()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return run(ctx, processEnv())
}

// Root returns the tree of vmmp's commands, for programs that describe them.
func Root() *cobra.Command { return newRootCommand(processEnv(), os.Stdout) }

// run is Execute in a given environment.
func run(ctx context.Context, e *env) int {
	out := &printed{w: e.stdout}
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

// printed remembers the first error of what cobra prints, which it does not tell.
type printed struct {
	w   io.Writer
	err error
}

func (p *printed) Write(text []byte) (int, error) {
	n, err := p.w.Write(text)
	if p.err == nil {
		p.err = err
	}
	return n, err
}

// newRootCommand makes the command tree; out takes the help and the completions.
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
	root.AddCommand(newPredictCommand(e), newSimulateCommand(e), newTrainCommand(e), newServeCommand(e), newStressCommand(e), newHealthCommand(e), newVersionCommand(e))
	adoptHelpers(root)
	return root
}

// adoptHelpers makes the commands that cobra brings refuse what they do not know
// as ours do: it would show the help, or exit 1.
func adoptHelpers(root *cobra.Command) {
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

// knownCommand refuses a word that is no command, and says which was meant.
func knownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	meant := ""
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		meant = fmt.Sprintf("; did you mean %s?", strings.Join(near, " or "))
	}
	return usage(fmt.Errorf("unknown command %q%s; see '%s --help'", args[0], meant, c.CommandPath()))
}

// noArguments refuses arguments that are no flags, as a fault of usage.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		remedy := "see '" + c.CommandPath() + " --help'"
		if args[0] == "true" || args[0] == "false" {
			remedy = "write it behind the flag as --flag=" + args[0]
		}
		return usage(fmt.Errorf("%s takes flags only, not %q; %s", c.CommandPath(), args[0], remedy))
	}
	return nil
}
