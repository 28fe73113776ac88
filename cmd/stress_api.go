package cmd

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"vmmp/cmd/internal/humanize"
	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/render"
	"vmmp/pkg/stress/apiload"
)

// apiFlags are the flags of `vmmp stress` that load an API.
type apiFlags struct {
	url         string
	connections int
	rate        float64
	duration    time.Duration
	mix         string
	seed        uint64
	token       string
	timeout     time.Duration
	maxP99      time.Duration
	maxErrors   string
}

// add declares the flags.
func (f *apiFlags) add(set *pflag.FlagSet) {
	set.StringVar(&f.url, "url", "", "load the API of this server, such as http://host:8001")
	set.IntVar(&f.connections, "connections", 8, "connections to it that are kept")
	set.Float64Var(&f.rate, "rate", 100,
		"requests per second, whatever becomes of them; 0: as fast as the connections allow")
	set.DurationVar(&f.duration, "duration", 10*time.Second, "time for which requests are sent")
	set.StringVar(&f.mix, "mix", apiload.DefaultMix.String(), "percentages of valid, borderline and invalid requests")
	set.Uint64Var(&f.seed, "seed", 42, "seed of the requests and their order")
	set.StringVar(&f.token, "token", "", "bearer token that requests carry (default: $VMMP_TOKEN)")
	set.DurationVar(&f.timeout, "request-timeout", 5*time.Second,
		"time that an answer may take from when its request is sent")
	set.DurationVar(&f.maxP99, "max-p99", 0, "exit 3 if the latency's p99 is above this, such as 50ms")
	set.StringVar(&f.maxErrors, "max-errors", "", "exit 3 if more of the requests fail, such as 0.1% or 0.001")
}

// flagNames returns the flags that mean nothing without --url.
func (apiFlags) flagNames() []string {
	return []string{"connections", "rate", "duration", "mix", "seed", "token", "request-timeout", "max-p99", "max-errors"}
}

// limits are what a run must keep to.
type limits struct {
	p99    time.Duration
	errors float64 // share of the requests
}

// runStressAPI loads an API, reports, and returns an error if a limit was exceeded.
func runStressAPI(ctx context.Context, e *env, flags apiFlags, output string, given map[string]bool) error {
	if err := checkOutput(output, "text", "json"); err != nil {
		return err
	}
	if !given["token"] {
		flags.token = e.getenv("VMMP_TOKEN")
	}
	o, keep, err := flags.options(given)
	if err != nil {
		return usage(err)
	}
	live := e.newLive()
	if output == "text" {
		o.Watch = func(p apiload.Progress) { live.Show(render.APIProgress(p, o.Duration)) }
	}
	r, err := apiload.Run(ctx, o)
	if fault := wrapWrite(live.End()); fault != nil {
		return fault
	}
	if r == nil {
		return err
	}
	if output == "json" {
		err = errors.Join(err, e.writeJSON(r))
	} else {
		err = errors.Join(err, e.writePage(func(t *page.Page) { render.APILoad(t, r) }))
	}
	if err != nil {
		return err
	}
	return keep.verdict(r)
}

// options returns what the flags ask for. The error is one of usage.
func (f apiFlags) options(given map[string]bool) (o apiload.Options, keep limits, err error) {
	o = apiload.Options{Connections: f.connections, Rate: f.rate, Duration: f.duration, Timeout: f.timeout, Seed: f.seed}
	if o.Target, err = apiload.NewTarget(f.url, f.token); err != nil {
		return o, keep, fmt.Errorf("--url: %w", err)
	}
	if o.Mix, err = apiload.ParseMix(f.mix); err != nil {
		return o, keep, fmt.Errorf("--mix %w", err)
	}
	if err = o.Check(); err != nil {
		return o, keep, fmt.Errorf("--%w", err)
	}
	keep, err = f.limits(given)
	return o, keep, err
}

// limits returns those that were given; others are never exceeded.
func (f apiFlags) limits(given map[string]bool) (limits, error) {
	keep := limits{math.MaxInt64, 1}
	if given["max-p99"] {
		if keep.p99 = f.maxP99; f.maxP99 <= 0 {
			return keep, fmt.Errorf("--max-p99 %v must be above 0", f.maxP99)
		}
	}
	if given["max-errors"] {
		var err error
		if keep.errors, err = parseShare(f.maxErrors); err != nil {
			return keep, fmt.Errorf("--max-errors %w", err)
		}
	}
	return keep, nil
}

// parseShare reads a share such as 0.1% or 0.001.
func parseShare(text string) (float64, error) {
	figure, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(figure), 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v >= 0 && v <= 1) {
		return 0, fmt.Errorf("must be a share from 0 to 1, such as 0.001, or a percentage, such as 0.1%%, not %q", text)
	}
	return v, nil
}

// verdict returns the error of the limits that were exceeded, nil without any.
func (l limits) verdict(r *apiload.Report) error {
	var over []error
	if p99 := time.Duration(r.Latency.P99 * float64(time.Millisecond)); p99 > l.p99 {
		over = append(over, exceeded("the p99 of the latency is %v, above --max-p99 %v", p99, l.p99))
	}
	if r.ErrorShare > l.errors {
		over = append(over, exceeded("%s of the requests failed, above --max-errors %s",
			humanize.Share(r.ErrorShare), humanize.Share(l.errors)))
	}
	return errors.Join(over...)
}
