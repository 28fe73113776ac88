package simulation

import (
	"fmt"
	"strings"

	"vmmp/cmd/internal/humanize"
	"vmmp/cmd/internal/page"
	"vmmp/pkg/simulate"
)

// Fleet writes what came of migrating a fleet.
func Fleet(t *page.Page, r *simulate.FleetReport) {
	t.Line("Fleet", fmt.Sprintf("%d VMs, seed %d", r.Count, r.Seed))
	t.Line("Not converging", inPercent(r.NotConverged))
	t.Line("Over their limit", orDash(r.OverLimit, inPercent)+" of the others")
	writeQuantiles(t, "Downtime", r.Downtime, humanize.Milliseconds)
	writeQuantiles(t, "Total time", r.TotalTime, humanize.Duration)
	writeHistogram(t, r.Histogram)
	t.Section(fmt.Sprintf("Predictions of %d of them", r.Predicted.Count))
	writeAccuracy(t, r.Predicted)
	if r.Evacuation != nil {
		writeEvacuation(t, r.Evacuation)
	}
}

// writeHistogram draws a bar for each bin.
func writeHistogram(t *page.Page, bins []simulate.Bin) {
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

// writeEvacuation writes the best order, and what it is worth.
func writeEvacuation(t *page.Page, e *simulate.Evacuation) {
	t.Section(fmt.Sprintf("Emptying a host of %d of them over one link of %g Mbps: the best order",
		len(e.VMs), e.LinkMbps))
	fmt.Fprintf(t, "  %5s  %-20s%14s%12s%12s%12s\n", "", "", "RAM", "total time", "downtime", "converges")
	for i := range e.VMs[:min(mostEvacuees, len(e.VMs))] {
		vm := &e.VMs[i]
		p := &vm.Prediction
		fmt.Fprintf(t, "  %5d  %-20s%14s%12s%12s%12s\n", i+1, clipped(vm.Name, 20), fmt.Sprintf("%.0f MiB", vm.MemoryMiB),
			humanize.Duration(float64(p.PredictedTotalTimeMS)), humanize.Milliseconds(p.PredictedDowntime),
			humanize.Probability(p.ConvergenceProbability))
	}
	if rest := len(e.VMs) - mostEvacuees; rest > 0 {
		fmt.Fprintf(t, "  and %d more, which -o json writes out\n", rest)
	}
	fmt.Fprintln(t)
	writeDeparture(t, "In this order", e.Best, len(e.VMs))
	writeDeparture(t, "As they stood", e.Given, len(e.VMs))
}

// writeDeparture writes how fast a host became empty.
func writeDeparture(t *page.Page, label string, d simulate.Departure, of int) {
	t.Line(label, fmt.Sprintf("%d of %d left, half of all after %s, on average after %s; all tried after %s",
		d.Away, of, orDash(d.HalfAwayMS, humanize.Duration), orDash(d.MeanAwayMS, humanize.Duration),
		humanize.Duration(d.TotalMS)))
}
