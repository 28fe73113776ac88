// Command truth judges a model on migrations that it has not learned from, and prints one table.
//
//	go run ./tests/truth --data DIR [--model FILE] [-o text|json|markdown] [--bars FILE] [--card FILE]
//
// The measurements are other people's, and no part of this repository: a table of KVM migrations (readKVM says which)
// and single cases from public reports (readCases). Beside them stand the recorded sites of testdata/migrations, each
// as one of which the model knows nothing, and as one of which it knows a few outcomes.
//
// A downtime and a total time are judged where pre-copy switched over by itself, since they are predicted given that it
// does; the slice "every pause" judges all the same. A verdict is wrong where the likelier of converging and not
// converging did not happen. Beside it stands what a rule of one line would have said: it converges where the guest
// dirties less than 0.8 times what can be sent.
//
// Nothing is drawn but by a fixed seed: the same model and measurements give the same table.
//
// The exit status is 0 where every figure keeps its bar, 1 where one does not or the work failed, 2 for bad usage or
// measurements that are not there.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"vmmp/pkg/model"
)

// Exit statuses, those of vmmp itself.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// options are what the command line asks for.
type options struct {
	data     string // folder of the measurements
	recorded string // folder of the recorded sites
	model    string // file; empty: the embedded model
	bars     string // file; empty: nothing is asked of the figures
	card     string // document to write the table into; empty: none
	output   string // form of the table
}

// errUsage marks what the caller can correct.
var errUsage = errors.New("bad usage")

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run does what the command line asks for and returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	if err == nil {
		err = truth(o, stdout, stderr)
	}
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errUsage):
		fmt.Fprintln(stderr, "truth:", err)
		return exitUsage
	}
	fmt.Fprintln(stderr, "truth:", err)
	return exitFailed
}

// parse reads the command line; help is written where it asks for that.
func parse(args []string, help io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("truth", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // of a fault, run says one line
	flags.StringVar(&o.data, "data", "", "folder of the public measurements")
	flags.StringVar(&o.recorded, "recorded", "testdata/migrations", "folder of the recorded sites")
	flags.StringVar(&o.model, "model", "", "model file (default: the embedded model)")
	flags.StringVar(&o.bars, "bars", "", "YAML file of what is asked of the figures")
	flags.StringVar(&o.card, "card", "", "document to write the table into, between its marks")
	flags.StringVar(&o.output, "o", "text", "form of the table: text, json or markdown")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(help)
		flags.Usage()
		return o, err
	} else if err != nil {
		return o, fmt.Errorf("%w: %w", errUsage, err)
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("%w: unexpected argument %q", errUsage, flags.Arg(0))
	case o.data == "":
		return o, fmt.Errorf("%w: --data is needed: the folder of the public measurements (make truth DATA=folder)", errUsage)
	case formats[o.output] == nil:
		return o, fmt.Errorf("%w: -o %s: there are text, json and markdown", errUsage, o.output)
	}
	return o, nil
}

// truth judges the model, writes the table, and returns an error that names every figure below its bar.
func truth(o options, stdout, stderr io.Writer) error {
	m, err := choose(o.model)
	if err != nil {
		return err
	}
	wanted, err := readBars(o.bars)
	if err != nil {
		return err
	}
	groups, err := gather(o, stderr)
	if err != nil {
		return err
	}
	r := report{model: m, wanted: wanted}
	for _, g := range groups {
		if g.site == "" {
			r.add(g, ask(m, g.records))
		} else if err := r.addSite(g); err != nil {
			return err
		}
	}
	if err := formats[o.output](stdout, &r); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	if o.card != "" {
		if err := writeCard(o.card, &r); err != nil {
			return err
		}
	}
	if below := r.below(); len(below) > 0 {
		return fmt.Errorf("below the bars of %s:\n  %s", o.bars, strings.Join(below, "\n  "))
	}
	return nil
}

// choose returns the model of a file, or the embedded one.
func choose(path string) (*model.Model, error) {
	if path == "" {
		return model.Default()
	}
	return model.Load(path)
}
