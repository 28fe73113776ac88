package cmd

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"
	"time"
)

func TestMenuSetsTheOptions(t *testing.T) {
	for input, want := range map[string]func(SimulateOptions) bool{
		"1\n\n": func(o SimulateOptions) bool { return o.count == 10 && o.given["count"] },
		"2\n\n\n": func(o SimulateOptions) bool {
			return o.continuous && o.interval == 5*time.Second && o.duration == time.Minute
		},
		"2\n1s\n3s\n": func(o SimulateOptions) bool {
			return o.continuous && o.interval == time.Second && o.duration == 3*time.Second
		},
		"3\n7\n":    func(o SimulateOptions) bool { return o.stress && o.count == 7 && o.given["stress"] },
		"4\n12\n":   func(o SimulateOptions) bool { return o.fleet == 12 && o.given["fleet"] },
		" 5 \n2 \n": func(o SimulateOptions) bool { return o.backend == backendQEMU && o.count == 2 },
		"4\n12":     func(o SimulateOptions) bool { return o.fleet == 12 }, // no newline at the end
	} {
		c := newFakeEnv()
		o := SimulateOptions{interactive: true, seed: 3, given: map[string]bool{"interactive": true, "seed": true}}
		got, err := o.choose(t.Context(), &c.env, bufio.NewReader(strings.NewReader(input)))
		if err != nil || !want(got) || got.interactive || got.given["interactive"] || !got.given["seed"] || got.seed != 3 {
			t.Errorf("%q: %+v, error %v", input, got, err)
		}
	}
	for _, input := range []string{"", "q\n", "2\n5s\n", "2\n"} {
		c := newFakeEnv()
		if _, err := (SimulateOptions{}).choose(t.Context(), &c.env, bufio.NewReader(strings.NewReader(input))); err == nil {
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
