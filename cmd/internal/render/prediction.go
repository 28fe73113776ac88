package render

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"vmmp/cmd/internal/humanize"
	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/terminal"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// Prediction writes all that a prediction says of a virtual machine.
func Prediction(t *page.Page, x migration.Features, p prediction.Prediction) {
	t.Line("Predicted downtime", t.Bold(humanize.Milliseconds(p.PredictedDowntime)))
	t.Line("90 % interval", fmt.Sprintf("%s to %s",
		humanize.Milliseconds(p.Interval.Lower), humanize.Milliseconds(p.Interval.Upper)))
	t.Line("", intervalAxis(t, p.Interval.Lower, p.PredictedDowntime, p.Interval.Upper))
	t.Line("Confidence", confidenceWords(p.Confidence))
	if total := float64(p.PredictedTotalTimeMS); !math.IsNaN(total) {
		t.Line("Total time", humanize.Duration(total))
	}
	t.Line("Convergence", convergenceWords(p.ConvergenceProbability, x))
	if p.ProbabilityWithinLimit != nil {
		t.Line("Within the limit", "with probability "+humanize.Probability(*p.ProbabilityWithinLimit))
	}
	if p.Explanation != nil {
		writeExplanation(t, x, *p.Explanation)
	}
	t.List("Beware", "!", p.Warnings)
	t.List("Measure next", "→", p.Hints)
}

// confidenceWords returns a probability of being within a quarter in words.
func confidenceWords(p float64) string {
	words := "hardly more than a guess"
	switch {
	case p >= 0.9:
		words = "very sure"
	case p >= 0.75:
		words = "sure"
	case p >= 0.5:
		words = "fair"
	case p >= 0.25:
		words = "rough"
	}
	return fmt.Sprintf("%s: %s likely to be within a quarter of the real downtime", words, humanize.Probability(p))
}

// convergenceWords returns a probability of switching over by itself in words.
func convergenceWords(p float64, x migration.Features) string {
	words := "not expected"
	switch {
	case p >= 0.95:
		words = "expected"
	case p >= 0.75:
		words = "likely"
	case p >= 0.5:
		words = "uncertain"
	}
	within := "30 rounds"
	if x.Known().Has(migration.TimeoutS) {
		within = humanize.Duration(1000 * x.Get(migration.TimeoutS))
	}
	return fmt.Sprintf("%s: %s likely to switch over by itself within %s", words, humanize.Probability(p), within)
}

// writeExplanation draws the factors as bars, the strongest first.
func writeExplanation(t *page.Page, x migration.Features, e prediction.Explanation) {
	t.Section("Why")
	writeFactor(t, humanize.Milliseconds(e.Base), "", "for a VM of which nothing is known")
	sorted := slices.Clone(e.Contributions)
	slices.SortStableFunc(sorted, func(a, b prediction.Contribution) int {
		return -cmp.Compare(math.Abs(math.Log(a.Factor)), math.Abs(math.Log(b.Factor)))
	})
	strongest := math.Log(2)
	for _, c := range sorted {
		strongest = max(strongest, math.Abs(math.Log(c.Factor)))
	}
	for _, c := range sorted {
		f, _ := migration.Lookup(c.Feature)
		value := strings.TrimSpace(humanize.Value(x, f) + " " + humanize.Unit(f))
		writeFactor(t, fmt.Sprintf("× %.2f", c.Factor), factorBar(t, math.Log(c.Factor)/strongest), c.Feature+" "+value)
	}
	writeFactor(t, "= "+humanize.Milliseconds(e.Prediction), "", "predicted")
}

// writeFactor writes one line of an explanation: a figure, a bar, a name.
func writeFactor(t *page.Page, figure, bar, name string) {
	fmt.Fprintf(t, "  %s%s  %s\n", terminal.Pad(figure, 12), terminal.Pad(bar, 2*halfBar+1), name)
}

// intervalAxis draws where the prediction lies in its interval, on a logarithmic axis
// from half the lower to twice the upper end.
func intervalAxis(t *page.Page, lower, point, upper float64) string {
	cells := t.Width() - page.LabelWidth - 1
	from, to := math.Log(lower)-math.Ln2, math.Log(upper)+math.Ln2
	at := func(v float64) int {
		return int(math.Round((math.Log(v) - from) / (to - from) * float64(cells-1)))
	}
	axis := []rune(strings.Repeat("·", cells))
	for i := at(lower); i <= at(upper); i++ {
		axis[i] = '─'
	}
	axis[at(lower)], axis[at(upper)], axis[at(point)] = '├', '┤', '●'
	return t.Paint("36", string(axis))
}

// halfBar is the number of cells on either side of a factor bar's middle.
const halfBar = 10

// factorBar draws a factor: to the right of the middle what lengthens, to the left
// what shortens. share is between -1 and 1.
func factorBar(t *page.Page, share float64) string {
	n := min(halfBar, int(math.Round(math.Abs(share)*halfBar)))
	bar := strings.Repeat("█", n)
	if share < 0 {
		return strings.Repeat(" ", halfBar-n) + t.Paint("32", bar) + "│"
	}
	return strings.Repeat(" ", halfBar) + "│" + t.Paint("31", bar)
}
