package cmd

import (
	"fmt"
	"time"

	"vmmp/pkg/stress/apiload"
)

// progressLine says in one line how far a run is.
func progressLine(p apiload.Progress, of time.Duration) string {
	return fmt.Sprintf("%5.1f of %v  %8d requests  %8.0f/s  p99 %-9s %d errors", p.Elapsed.Seconds(), of, p.Requests,
		float64(p.Requests)/p.Elapsed.Seconds(), p.P99, p.Errors)
}

// writeLoad writes for a person what an API made of its load.
func (e *env) writeLoad(r *apiload.Report) error {
	columns, _ := width(e.stdout)
	t := newText(e.colored(e.stdout), min(columns, 100))
	t.load(r)
	_, err := fmt.Fprint(e.stdout, t.String())
	return wrapWrite(err)
}

// load writes what was sent and what became of it.
func (t *text) load(r *apiload.Report) {
	t.line("Target", r.URL)
	t.line("Load", loadOf(r))
	t.line("Requests", fmt.Sprintf("%d in %.1f s, %s sent", r.Requests, r.DurationSeconds, rateOf(r.RateAchieved)))
	t.line("Throughput", rateOf(r.Throughput)+" answered as they should be")
	t.line("Errors", errorsOf(r))
	t.latencies(r)
	t.loadErrors(r)
	t.list("Mind", "!", r.Warnings)
}

// loadOf says when requests were sent.
func loadOf(r *apiload.Report) string {
	loop := "closed loop, as fast as answers come"
	if r.RateAsked != nil {
		loop = "open loop, " + rateOf(*r.RateAsked) + " whatever comes"
	}
	return fmt.Sprintf("%s; %d connections, seed %d", loop, r.Connections, r.Seed)
}

// errorsOf is how many requests failed, and which share they are.
func errorsOf(r *apiload.Report) string {
	if r.ErrorShare == 0 {
		return "none"
	}
	return fmt.Sprintf("%d, %s of the requests", r.ErrorCount(), inExactPercent(r.ErrorShare))
}

// rateOf is a rate to so many digits as count.
func rateOf(perSecond float64) string {
	if perSecond < 100 {
		return fmt.Sprintf("%.3g/s", perSecond)
	}
	return fmt.Sprintf("%.0f/s", perSecond)
}

// latencies writes the distributions, of all and of each share.
func (t *text) latencies(r *apiload.Report) {
	if r.RateAsked == nil {
		t.section("Latency in ms, from when requests were sent")
	} else {
		t.section("Latency in ms, from when requests were due")
	}
	const columns = "  %-11s%9s%9s%9s%9s%9s%9s%9s\n"
	fmt.Fprintf(t, columns, "", "requests", "mean", "p50", "p90", "p99", "p99.9", "worst")
	line := func(name string, requests int, l apiload.Latency) {
		fmt.Fprintf(t, columns, name, fmt.Sprint(requests), short(l.Mean), short(l.P50), short(l.P90), short(l.P99), short(l.P999), short(l.Max))
	}
	line("all", r.Requests, r.Latency)
	for _, s := range apiload.Shares {
		if tally, sent := r.Shares[s.String()]; sent {
			line(s.String(), tally.Requests, tally.Latency)
		}
	}
	if r.RateAsked != nil {
		fmt.Fprintf(t, "  of this, sent late by vmmp itself: p50 %s, p99 %s\n", short(r.Late.P50), short(r.Late.P99))
	}
}

// short is a figure of ms, to three digits where it is small.
func short(ms float64) string {
	switch {
	case ms < 10:
		return fmt.Sprintf("%.2f", ms)
	case ms < 100:
		return fmt.Sprintf("%.1f", ms)
	}
	return fmt.Sprintf("%.0f", ms)
}

// loadErrors lists the errors by kind, with the first of each.
func (t *text) loadErrors(r *apiload.Report) {
	if len(r.Errors) == 0 {
		return
	}
	t.section("Errors")
	for _, kind := range apiload.Kinds {
		if n := r.Errors[kind]; n > 0 {
			t.line(fmt.Sprintf("  %-17s %d", kind, n), "")
			t.line("", r.Examples[kind])
		}
	}
}
