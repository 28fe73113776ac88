package cmd

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// writePrediction writes a prediction for a person.
func (e *env) writePrediction(x migration.Features, p prediction.Prediction) error {
	columns, _ := width(e.stdout)
	t := newText(e.colored(e.stdout), min(columns, 100))
	t.prediction(x, p)
	_, err := fmt.Fprint(e.stdout, t.String())
	return wrapWrite(err)
}

// prediction writes all that a prediction says.
func (t *text) prediction(x migration.Features, p prediction.Prediction) {
	t.line("Predicted downtime", t.bold(milliseconds(p.PredictedDowntime)))
	t.line("90 % interval", fmt.Sprintf("%s to %s", milliseconds(p.Interval.Lower), milliseconds(p.Interval.Upper)))
	t.line("", t.interval(p.Interval.Lower, p.PredictedDowntime, p.Interval.Upper))
	t.line("Confidence", confidenceWords(p.Confidence))
	if total := float64(p.PredictedTotalTimeMS); !math.IsNaN(total) {
		t.line("Total time", span(total))
	}
	t.line("Convergence", convergenceWords(p.ConvergenceProbability, x))
	if p.ProbabilityWithinLimit != nil {
		t.line("Within the limit", "with probability "+percent(*p.ProbabilityWithinLimit))
	}
	if p.Explanation != nil {
		t.explanation(x, *p.Explanation)
	}
	t.list("Beware", "!", p.Warnings)
	t.list("Measure next", "→", p.Hints)
}

// milliseconds is a pause as a person says it.
func milliseconds(ms float64) string {
	switch {
	case ms < 10:
		return fmt.Sprintf("%.1f ms", ms)
	case ms < 10_000:
		return fmt.Sprintf("%.0f ms", ms)
	}
	return span(ms)
}

// span is a longer time as a person says it.
func span(ms float64) string {
	switch {
	case ms < 1000:
		return fmt.Sprintf("%.0f ms", ms)
	case ms < 120_000:
		return fmt.Sprintf("%.1f s", ms/1000)
	case ms < 365*24*3600_000:
		return (time.Duration(ms) * time.Millisecond).Round(time.Second).String()
	}
	return "more than a year"
}

// confidenceWords says a probability of being within a quarter in words.
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
	return fmt.Sprintf("%s: %s likely to be within a quarter of the real downtime", words, percent(p))
}

// percent says a probability in per cent, and never that something is certain.
func percent(p float64) string {
	switch {
	case p < 0.005:
		return "under 1 %"
	case p >= 0.995:
		return "over 99 %"
	}
	return fmt.Sprintf("%.0f %%", 100*p)
}

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
		within = span(1000 * x.Get(migration.TimeoutS))
	}
	return fmt.Sprintf("%s: %s likely to switch over by itself within %s", words, percent(p), within)
}

// explanation draws the factors as bars, the strongest first.
func (t *text) explanation(x migration.Features, e prediction.Explanation) {
	t.section("Why")
	t.row(milliseconds(e.Base), "", "for a VM of which nothing is known")
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
		value := strings.TrimSpace(shortValue(x, f) + " " + unitOf(f))
		t.row(fmt.Sprintf("× %.2f", c.Factor), t.factorBar(math.Log(c.Factor)/strongest), c.Feature+" "+value)
	}
	t.row("= "+milliseconds(e.Prediction), "", "predicted")
}

func unitOf(f migration.Feature) string {
	if d := f.Definition(); d.Kind != migration.Points {
		return d.Unit
	}
	return ""
}

// shortValue keeps a value that was measured to many digits readable: four of them
// are, and all before the point.
func shortValue(x migration.Features, f migration.Feature) string {
	const longest = 24 // beside a factor's bar
	v, text := x.Get(f), x.Format(f, curveSeparator)
	switch kind := f.Definition().Kind; {
	case kind == migration.Points && len(text) > longest:
		return fmt.Sprintf("of %d points", len(x.Points()))
	case kind != migration.Number:
		return text
	case v >= 1000:
		return strconv.FormatFloat(math.Round(v), 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}
