package cmd

import (
	"context"
	"fmt"
	"strings"

	"vmmp/cmd/internal/humanize"
	"vmmp/cmd/internal/page"
	"vmmp/pkg/migration"
	"vmmp/pkg/simulate"
)

// defaultLinkMbps is the link that a host is emptied over.
const defaultLinkMbps = 10_000

// runFleet migrates a made-up fleet and tells its distribution.
func (o SimulateOptions) runFleet(ctx context.Context, e *env, p simulate.Predictor, x migration.Features) error {
	if other := x.Known() &^ migration.Of(migration.NetworkBandwidth); other != 0 {
		for f := range other.All() {
			return usage(fmt.Errorf("--%s: the VMs of --fleet are made up; only --net, the link of --evacuate, can be given", f.Definition().Flag))
		}
	}
	r := simulate.FleetRequest{Count: o.fleet, Evacuees: min(o.evacuate, o.fleet), LinkMbps: defaultLinkMbps, Seed: o.seed}
	if x.Known().Has(migration.NetworkBandwidth) {
		r.LinkMbps = x.Get(migration.NetworkBandwidth)
	}
	report, err := simulate.RunFleet(ctx, p, r)
	if err != nil {
		return simulationFault(err)
	}
	if o.output == "json" {
		return e.writeJSON(report)
	}
	return e.writePage(func(p *page.Page) { (&simulationPage{p}).fleet(&report) })
}

// fleet writes what came of migrating a fleet.
func (t *simulationPage) fleet(r *simulate.FleetReport) {
	t.Line("Fleet", fmt.Sprintf("%d VMs, seed %d", r.Count, r.Seed))
	t.Line("Not converging", inPercent(r.NotConverged))
	t.Line("Over their limit", orDash(r.OverLimit, inPercent)+" of the others")
	t.quantiles("Downtime", r.Downtime, humanize.Milliseconds)
	t.quantiles("Total time", r.TotalTime, humanize.Duration)
	t.histogram(r.Histogram)
	t.Section(fmt.Sprintf("Predictions of %d of them", r.Predicted.Count))
	t.accuracy(r.Predicted)
	if r.Evacuation != nil {
		t.evacuation(r.Evacuation)
	}
}

// quantiles writes a line, nothing where there are none.
func (t *simulationPage) quantiles(label string, q *simulate.Quantiles, say func(float64) string) {
	if q == nil {
		return
	}
	t.Line(label, fmt.Sprintf("median %s, mean %s, p90 %s, p99 %s, from %s to %s",
		say(q.Median), say(q.Mean), say(q.P90), say(q.P99), say(q.Min), say(q.Max)))
}

// histogram draws a bar for each bin.
func (t *simulationPage) histogram(bins []simulate.Bin) {
	if len(bins) == 0 {
		return
	}
	t.Section("Downtimes")
	most, all := 0, 0
	for _, b := range bins {
		most, all = max(most, b.Count), all+b.Count
	}
	cells := t.Width() - 38
	for _, b := range bins {
		bar := strings.Repeat("█", (b.Count*cells+most-1)/most)
		fmt.Fprintf(t, "  %10s to %-10s%s\n", humanize.Milliseconds(b.LowerMS), humanize.Milliseconds(b.UpperMS),
			strings.TrimRight(fmt.Sprintf("%8.1f %%  %s", 100*float64(b.Count)/float64(all), t.Paint("36", bar)), " "))
	}
}

// mostEvacuees bounds the VMs of an evacuation that a page lists.
const mostEvacuees = 40

// evacuation writes the best order, and what it is worth.
func (t *simulationPage) evacuation(e *simulate.Evacuation) {
	t.Section(fmt.Sprintf("Emptying a host of %d of them over one link of %g Mbps: the best order", len(e.VMs), e.LinkMbps))
	fmt.Fprintf(t, "  %5s  %-20s%14s%12s%12s%12s\n", "", "", "RAM", "total time", "downtime", "converges")
	for i := range e.VMs[:min(mostEvacuees, len(e.VMs))] {
		vm := &e.VMs[i]
		fmt.Fprintf(t, "  %5d  %-20s%14s%12s%12s%12s\n", i+1, clipped(vm.Name, 20), fmt.Sprintf("%.0f MiB", vm.MemoryMiB),
			humanize.Duration(float64(vm.Prediction.PredictedTotalTimeMS)), humanize.Milliseconds(vm.Prediction.PredictedDowntime), humanize.Probability(vm.Prediction.ConvergenceProbability))
	}
	if rest := len(e.VMs) - mostEvacuees; rest > 0 {
		fmt.Fprintf(t, "  and %d more, which -o json writes out\n", rest)
	}
	fmt.Fprintln(t)
	t.departure("In this order", e.Best, len(e.VMs))
	t.departure("As they stood", e.Given, len(e.VMs))
}

// departure writes how fast a host became empty.
func (t *simulationPage) departure(label string, d simulate.Departure, of int) {
	t.Line(label, fmt.Sprintf("%d of %d left, half of all after %s, on average after %s; all tried after %s",
		d.Away, of, orDash(d.HalfAwayMS, humanize.Duration), orDash(d.MeanAwayMS, humanize.Duration), humanize.Duration(d.TotalMS)))
}
