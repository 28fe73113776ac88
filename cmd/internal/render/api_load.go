package render

import (
	"fmt"
	"time"

	"vmmp/cmd/internal/humanize"
	"vmmp/cmd/internal/page"
	"vmmp/pkg/stress/apiload"
)

// APIProgress returns one line that says how far a load of an API is.
func APIProgress(p apiload.Progress, of time.Duration) string {
	return fmt.Sprintf("%5.1f of %v  %8d requests  %8.0f/s  p99 %-9s %d errors", p.Elapsed.Seconds(), of, p.Requests,
		float64(p.Requests)/p.Elapsed.Seconds(), p.P99, p.Errors)
}

// APILoad writes what was sent to an API and what became of it.
func APILoad(t *page.Page, r *apiload.Report) {
	t.Line("Target", r.URL)
	t.Line("Load", loadOf(r))
	t.Line("Requests", fmt.Sprintf("%d in %.1f s, %s sent", r.Requests, r.DurationSeconds, rateOf(r.RateAchieved)))
	t.Line("Throughput", rateOf(r.Throughput)+" answered as they should be")
	t.Line("Errors", errorsOf(r))
	writeLatencies(t, r)
	writeErrors(t, r)
	t.List("Mind", "!", r.Warnings)
}

// loadOf returns in words when requests were sent.
func loadOf(r *apiload.Report) string {
	loop := "closed loop, as fast as answers come"
	if r.RateAsked != nil {
		loop = "open loop, " + rateOf(*r.RateAsked) + " whatever comes"
	}
	return fmt.Sprintf("%s; %d connections, seed %d", loop, r.Connections, r.Seed)
}

// errorsOf returns in words how many requests failed, and which share they are.
func errorsOf(r *apiload.Report) string {
	if r.ErrorShare == 0 {
		return "none"
	}
	return fmt.Sprintf("%d, %s of the requests", r.ErrorCount(), humanize.Share(r.ErrorShare))
}

// rateOf returns a rate in words, to three digits at least.
func rateOf(perSecond float64) string {
	if perSecond < 100 {
		return fmt.Sprintf("%.3g/s", perSecond)
	}
	return fmt.Sprintf("%.0f/s", perSecond)
}

// writeLatencies writes the distributions, of all and of each share.
func writeLatencies(t *page.Page, r *apiload.Report) {
	if r.RateAsked == nil {
		t.Section("Latency in ms, from when requests were sent")
	} else {
		t.Section("Latency in ms, from when requests were due")
	}
	const columns = "  %-11s%9s%9s%9s%9s%9s%9s%9s\n"
	fmt.Fprintf(t, columns, "", "requests", "mean", "p50", "p90", "p99", "p99.9", "worst")
	line := func(name string, requests int, l apiload.Latency) {
		fmt.Fprintf(t, columns, name, fmt.Sprint(requests),
			short(l.Mean), short(l.P50), short(l.P90), short(l.P99), short(l.P999), short(l.Max))
	}
	line("all", r.Requests, r.Latency)
	for _, s := range apiload.Shares {
		if share, sent := r.Shares[s.String()]; sent {
			line(s.String(), share.Requests, share.Latency)
		}
	}
	if r.RateAsked != nil {
		fmt.Fprintf(t, "  of this, sent late by vmmp itself: p50 %s, p99 %s\n", short(r.Late.P50), short(r.Late.P99))
	}
}

// short returns a figure of ms, to three digits where it is small.
func short(ms float64) string {
	switch {
	case ms < 10:
		return fmt.Sprintf("%.2f", ms)
	case ms < 100:
		return fmt.Sprintf("%.1f", ms)
	}
	return fmt.Sprintf("%.0f", ms)
}

// writeErrors lists the errors by kind, with the first of each.
func writeErrors(t *page.Page, r *apiload.Report) {
	if len(r.Errors) == 0 {
		return
	}
	t.Section("Errors")
	for _, kind := range apiload.Kinds {
		if n := r.Errors[kind]; n > 0 {
			t.Line(fmt.Sprintf("  %-17s %d", kind, n), "")
			t.Line("", r.Examples[kind])
		}
	}
}
