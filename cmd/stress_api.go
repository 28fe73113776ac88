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

	"vmmp/pkg/stress/apiload"
)

// apiLoad are the flags of `vmmp stress` that load an API.
type apiLoad struct {
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
func (a *apiLoad) add(f *pflag.FlagSet) {
	f.StringVar(&a.url, "url", "", "load the API of this server, such as http://host:8001")
	f.IntVar(&a.connections, "connections", 8, "connections to it that are kept")
	f.Float64Var(&a.rate, "rate", 100, "requests per second, whatever becomes of them; 0: as fast as the connections allow")
	f.DurationVar(&a.duration, "duration", 10*time.Second, "time for which requests are sent")
	f.StringVar(&a.mix, "mix", apiload.DefaultMix.String(), "percentages of valid, borderline and invalid requests")
	f.Uint64Var(&a.seed, "seed", 42, "seed of the requests and their order")
	f.StringVar(&a.token, "token", "", "bearer token that requests carry (default: $VMMP_TOKEN)")
	f.DurationVar(&a.timeout, "request-timeout", 5*time.Second, "time that an answer may take from when its request is sent")
	f.DurationVar(&a.maxP99, "max-p99", 0, "exit 3 if the latency's p99 is above this, such as 50ms")
	f.StringVar(&a.maxErrors, "max-errors", "", "exit 3 if more of the requests fail, such as 0.1% or 0.001")
}

// flagNames are the flags that mean nothing without --url.
func (apiLoad) flagNames() []string {
	return []string{"connections", "rate", "duration", "mix", "seed", "token", "request-timeout", "max-p99", "max-errors"}
}

// limits are what a run must keep to.
type limits struct {
	p99    time.Duration
	errors float64 // share of the requests
}

// run loads the API, reports and says which limits were exceeded.
func (a apiLoad) run(ctx context.Context, e *env, output string, given map[string]bool) error {
	if err := checkOutput(output, "text", "json"); err != nil {
		return err
	}
	if !given["token"] {
		a.token = e.getenv("VMMP_TOKEN")
	}
	o, keep, err := a.options(given)
	if err != nil {
		return usage(err)
	}
	screen := newLive(e)
	if output == "text" {
		o.Watch = func(p apiload.Progress) { screen.show(progressLine(p, o.Duration)) }
	}
	r, err := apiload.Run(ctx, o)
	if fault := screen.end(); fault != nil {
		return fault
	}
	if r == nil {
		return err
	}
	if output == "json" {
		err = errors.Join(err, e.writeJSON(r))
	} else {
		err = errors.Join(err, e.writeLoad(r))
	}
	if err != nil {
		return err
	}
	return keep.verdict(r)
}

// options are what the flags ask for. The error is one of usage.
func (a apiLoad) options(given map[string]bool) (o apiload.Options, keep limits, err error) {
	o = apiload.Options{Connections: a.connections, Rate: a.rate, Duration: a.duration, Timeout: a.timeout, Seed: a.seed}
	if o.Target, err = apiload.NewTarget(a.url, a.token); err != nil {
		return o, keep, fmt.Errorf("--url: %w", err)
	}
	if o.Mix, err = apiload.ParseMix(a.mix); err != nil {
		return o, keep, fmt.Errorf("--mix %w", err)
	}
	if err = o.Check(); err != nil {
		return o, keep, fmt.Errorf("--%w", err)
	}
	keep, err = a.limits(given)
	return o, keep, err
}

// limits are those that were given; others are never exceeded.
func (a apiLoad) limits(given map[string]bool) (limits, error) {
	keep := limits{math.MaxInt64, 1}
	if given["max-p99"] {
		if keep.p99 = a.maxP99; a.maxP99 <= 0 {
			return keep, fmt.Errorf("--max-p99 %v must be above 0", a.maxP99)
		}
	}
	if given["max-errors"] {
		var err error
		if keep.errors, err = parseShare(a.maxErrors); err != nil {
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

// verdict is the error of the limits that were exceeded, nil without any.
func (l limits) verdict(r *apiload.Report) error {
	var over []error
	if p99 := time.Duration(r.Latency.P99 * float64(time.Millisecond)); p99 > l.p99 {
		over = append(over, exceeded("the p99 of the latency is %v, above --max-p99 %v", p99, l.p99))
	}
	if r.ErrorShare > l.errors {
		over = append(over, exceeded("%s of the requests failed, above --max-errors %s", inExactPercent(r.ErrorShare), inExactPercent(l.errors)))
	}
	return errors.Join(over...)
}

// inExactPercent is a share in percent, with the digits that tell it from others.
func inExactPercent(v float64) string { return strconv.FormatFloat(100*v, 'g', 4, 64) + " %" }
