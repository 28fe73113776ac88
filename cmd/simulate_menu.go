package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// menuChoice is one line of the menu.
type menuChoice struct {
	key, label string
	questions  []question
}

// question asks for the value of a flag.
type question struct {
	flag, label string
	set         func(o *simulateFlags, text string) error
	preset      string
}

// menuChoices are the modes, for somebody who presents them.
var menuChoices = []menuChoice{
	{"1", "one VM, as busy as this machine is now", []question{askCount("10")}},
	{"2", "continuous: this machine, measured anew each time", []question{
		askTime("interval", "seconds between two, such as 5s", "5s", func(o *simulateFlags, d time.Duration) {
			o.modes.continuous, o.request.Interval = true, d
		}),
		askTime("duration", "for how long", "1m", func(o *simulateFlags, d time.Duration) { o.request.Duration = d }),
	}},
	{"3", "stress: the named scenarios", []question{
		{"stress", "", func(o *simulateFlags, _ string) error { o.modes.stress = true; return nil }, ""}, askCount("5"),
	}},
	{"4", "a fleet, and a host to be emptied", []question{
		askNumber("fleet", "VMs", "10000", func(o *simulateFlags, n int) { o.modes.fleet = n }),
	}},
	{"5", "real migrations between two QEMUs on this machine", []question{
		{"backend", "", func(o *simulateFlags, _ string) error { o.backend.name = backendQEMU; return nil }, ""},
		askCount("1"),
	}},
}

func askCount(preset string) question {
	return askNumber("count", "migrations", preset, func(o *simulateFlags, n int) { o.request.Count = n })
}

func askNumber(flag, label, preset string, set func(*simulateFlags, int)) question {
	return question{flag, label, func(o *simulateFlags, text string) error {
		n, err := strconv.Atoi(text)
		set(o, n)
		return err
	}, preset}
}

func askTime(flag, label, preset string, set func(*simulateFlags, time.Duration)) question {
	return question{flag, label, func(o *simulateFlags, text string) error {
		d, err := time.ParseDuration(text)
		set(o, d)
		return err
	}, preset}
}

// menu calls do with what is chosen, one after the other, until there is no more input or the choice is to quit. A
// run that fails is reported, and the menu comes back.
func (o simulateFlags) menu(ctx context.Context, e *env, do func(context.Context, *env, simulateFlags) error) error {
	in := bufio.NewReader(e.stdin)
	for {
		chosen, err := o.choose(ctx, e, in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = do(ctx, e, chosen)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			report(e.stderr, err)
		}
	}
}

// choose shows the menu and returns the options that were chosen, io.EOF for none.
func (o simulateFlags) choose(ctx context.Context, e *env, in *bufio.Reader) (simulateFlags, error) {
	fmt.Fprintln(e.stderr, "\nWhat to migrate:")
	for _, c := range menuChoices {
		fmt.Fprintf(e.stderr, "  %s  %s\n", c.key, c.label)
	}
	fmt.Fprintln(e.stderr, "  q  quit")
	key, err := prompt(ctx, e, in, "choice", "")
	if err != nil {
		return o, err
	}
	if key == "q" {
		return o, io.EOF
	}
	for _, c := range menuChoices {
		if c.key == key {
			return o.withAnswers(ctx, e, in, c)
		}
	}
	return o, fmt.Errorf("%q is not on the menu", key)
}

// withAnswers returns the options of a choice, with the answers to its questions.
func (o simulateFlags) withAnswers(ctx context.Context, e *env, in *bufio.Reader, c menuChoice) (simulateFlags, error) {
	o.modes.interactive = false
	before := o.given
	o.given = map[string]bool{}
	for name := range before {
		o.given[name] = name != "interactive"
	}
	for _, q := range c.questions {
		text := ""
		if q.label != "" {
			var err error
			if text, err = prompt(ctx, e, in, q.label, q.preset); err != nil {
				return o, err
			}
		}
		if err := q.set(&o, text); err != nil {
			return o, fmt.Errorf("%q does not say how many or how long: %w", text, err)
		}
		o.given[q.flag] = true
	}
	return o, nil
}

// prompt reads a line of input; an empty one stands for the preset.
func prompt(ctx context.Context, e *env, in *bufio.Reader, what, preset string) (string, error) {
	text := what
	if preset != "" {
		text += " [" + preset + "]"
	}
	fmt.Fprintf(e.stderr, "%s: ", text)
	line, err := await(ctx, func() (string, error) { return in.ReadString('\n') })
	if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
		return "", err
	}
	if line = strings.TrimSpace(line); line == "" {
		return preset, nil
	}
	return line, nil
}
