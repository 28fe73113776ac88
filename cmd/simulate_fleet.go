package cmd

import (
	"context"
	"fmt"
	"strings"

	"vmmp/pkg/migration"
	"vmmp/pkg/simulate"
)

// reportFleet migrates a made-up fleet and tells its distribution.
func (o *SimulateOptions) reportFleet(ctx context.Context, e *env, p simulate.Predictor) error {
	x := o.request.Given
	for f := range (x.Known() &^ migration.Of(migration.NetworkBandwidth)).All() {
		return usage(fmt.Errorf("--%s: the VMs of --fleet are made up; only --net, the link of --evacuate, can be given", f.Definition().Flag))
	}
	r := simulate.FleetRequest{
		Count: o.request.Count, Evacuees: min(o.modes.evacuate, o.request.Count), LinkMbps: simulate.EvacuationMbps, Seed: o.request.Seed,
	}
	if x.Known().Has(migration.NetworkBandwidth) {
		r.LinkMbps = x.Get(migration.NetworkBandwidth)
	}
	report, err := simulate.RunFleet(ctx, p, r)
	if err != nil {
		return simulationFault(err)
	}
	if o.output.form == "json" {
		return e.writeJSON(report)
	}
	columns, _ := width(e.stdout)
	t := newText(e.colored(e.stdout), min(columns, 100))
	t.fleet(&report)
	_, err = fmt.Fprint(e.stdout, t.String())
	return wrapWrite(err)
}

// fleet writes what came of migrating a fleet.
func (t *text) fleet(r *simulate.FleetReport) {
	t.line("Fleet", fmt.Sprintf("%d VMs, seed %d", r.Count, r.Seed))
	t.line("Not converging", inPercent(r.NotConverged))
	t.line("Over their limit", orDash(r.OverLimit, inPercent)+" of the others")
	t.quantiles("Downtime", r.Downtime, milliseconds)
	t.quantiles("Total time", r.TotalTime, span)
	t.histogram(r.Histogram)
	t.section(fmt.Sprintf("Predictions of %d of them", r.Predicted.Count))
	t.accuracy(r.Predicted)
	if r.Evacuation != nil {
		t.evacuation(r.Evacuation)
	}
}

// quantiles writes a line, nothing where there are none.
func (t *text) quantiles(label string, q *simulate.Quantiles, say func(float64) string) {
	if q == nil {
		return
	}
	t.line(label, fmt.Sprintf("median %s, mean %s, p90 %s, p99 %s, from %s to %s",
		say(q.Median), say(q.Mean), say(q.P90), say(q.P99), say(q.Min), say(q.Max)))
}

// histogram draws a bar for each bin.
func (t *text) histogram(bins []simulate.Bin) {
	if len(bins) == 0 {
		return
	}
	t.section("Downtimes")
	most, all := 0, 0
	for _, b := range bins {
		most, all = max(most, b.Count), all+b.Count
	}
	cells := t.width - 38
	for _, b := range bins {
		bar := strings.Repeat("█", (b.Count*cells+most-1)/most)
		fmt.Fprintf(t, "  %10s to %-10s%s\n", milliseconds(b.LowerMS), milliseconds(b.UpperMS),
			strings.TrimRight(fmt.Sprintf("%8.1f %%  %s", 100*float64(b.Count)/float64(all), t.paint("36", bar)), " "))
	}
}

// mostEvacuees bounds the VMs of an evacuation that a page lists.
const mostEvacuees = 40

// evacuation writes the best order, and what it is worth.
func (t *text) evacuation(e *simulate.Evacuation) {
	t.section(fmt.Sprintf("Emptying a host of %d of them over one link of %g Mbps: the best order", len(e.VMs), e.LinkMbps))
	fmt.Fprintf(t, "  %5s  %-20s%14s%12s%12s%12s\n", "", "", "RAM", "total time", "downtime", "converges")
	for i := range e.VMs[:min(mostEvacuees, len(e.VMs))] {
		vm := &e.VMs[i]
		fmt.Fprintf(t, "  %5d  %-20s%14s%12s%12s%12s\n", i+1, clipped(vm.Name, 20), fmt.Sprintf("%.0f MiB", vm.MemoryMiB),
			span(float64(vm.Prediction.PredictedTotalTimeMS)), milliseconds(vm.Prediction.PredictedDowntime), percent(vm.Prediction.ConvergenceProbability))
	}
	if rest := len(e.VMs) - mostEvacuees; rest > 0 {
		fmt.Fprintf(t, "  and %d more, which -o json writes out\n", rest)
	}
	fmt.Fprintln(t)
	t.departure("In this order", e.Best, len(e.VMs))
	t.departure("As they stood", e.Given, len(e.VMs))
}

// departure writes how fast a host became empty.
func (t *text) departure(label string, d simulate.Departure, of int) {
	t.line(label, fmt.Sprintf("%d of %d left, half of all after %s, on average after %s; all tried after %s",
		d.Away, of, orDash(d.HalfAwayMS, span), orDash(d.MeanAwayMS, span), span(d.TotalMS)))
}
