package cmd

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/simulate"
)

func TestMenuSetsTheOptions(t *testing.T) {
	for input, want := range map[string]func(simulateFlags) bool{
		"1\n\n": func(o simulateFlags) bool { return o.request.Count == 10 && o.given["count"] },
		"2\n\n\n": func(o simulateFlags) bool {
			return o.modes.continuous && o.request.Interval == 5*time.Second && o.request.Duration == time.Minute
		},
		"2\n1s\n3s\n": func(o simulateFlags) bool {
			return o.modes.continuous && o.request.Interval == time.Second && o.request.Duration == 3*time.Second
		},
		"3\n7\n":    func(o simulateFlags) bool { return o.modes.stress && o.request.Count == 7 && o.given["stress"] },
		"4\n12\n":   func(o simulateFlags) bool { return o.modes.fleet == 12 && o.given["fleet"] },
		" 5 \n2 \n": func(o simulateFlags) bool { return o.backend.name == backendQEMU && o.request.Count == 2 },
		"4\n12":     func(o simulateFlags) bool { return o.modes.fleet == 12 }, // no newline at the end
	} {
		c := newFakeEnv()
		o := simulateFlags{modes: modeFlags{interactive: true}, request: simulate.Request{Seed: 3}, given: map[string]bool{"interactive": true, "seed": true}}
		got, err := o.choose(t.Context(), &c.env, bufio.NewReader(strings.NewReader(input)))
		if err != nil || !want(got) || got.modes.interactive || got.given["interactive"] || !got.given["seed"] || got.request.Seed != 3 {
			t.Errorf("%q: %+v, error %v", input, got, err)
		}
	}
	for _, input := range []string{"", "q\n", "2\n5s\n", "2\n"} {
		c := newFakeEnv()
		if _, err := (simulateFlags{}).choose(t.Context(), &c.env, bufio.NewReader(strings.NewReader(input))); err == nil {
			t.Errorf("%q: chosen", input)
		}
	}
}

// silence is a standard input on which nobody types.
type silence struct{ ctx context.Context }

func (s silence) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, io.EOF
}

func TestMenuIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := newFakeEnv("simulate", "--interactive")
	c.stdin = silence{t.Context()}
	c.stderr = cancelling{cancel}
	if code := execute(ctx, &c.env); code != exitInterrupted {
		t.Errorf("exit %d", code)
	}
}

// cancelling is a standard error that ends the run when it is asked for a choice.
type cancelling struct{ cancel func() }

func (c cancelling) Write(text []byte) (int, error) {
	if strings.Contains(string(text), "choice") {
		c.cancel()
	}
	return len(text), nil
}
