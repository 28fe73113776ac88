package main

import (
	"fmt"
	"math"
	"strings"

	"vmmp/pkg/prediction"
)

// A measure is one thing that is judged of a set: a column of the table.
type measure int

// The measures, in the order of the columns.
const (
	asked measure = iota
	judged
	realMS
	toldMS
	medianError
	bias
	logR2
	coverage
	below
	above
	confidence
	hits
	confidenceGap
	totalError
	totalRatio
	totalCoverage
	converged
	convergenceTold
	wrongVerdicts
	ruleWrong
	measureCount = int(iota)
)

// measures says of each measure what it is called and how it is written.
var measures = [measureCount]struct {
	name   string // in JSON and among the bars
	column string // head of its column; empty: it has none
	format func(float64) string
	what   string
}{
	asked:         {"n", "n", count, "migrations that the model was asked about"},
	judged:        {"judged", "judged", count, "those whose downtime is judged"},
	realMS:        {"real_ms", "real, ms", count, "median of the real downtimes"},
	toldMS:        {"told_ms", "told, ms", count, "median of the predicted ones"},
	medianError:   {"median_error", "error", percent, "median of |predicted - real| / real downtime"},
	bias:          {"bias", "bias", signed, "median of log(predicted / real); 0 is none, -0.69 is half of it"},
	logR2:         {"log_r2", "log R2", fraction, "share of the variance of the logarithm that is explained"},
	coverage:      {"coverage", "holds", percent, "share of downtimes within their 90 % interval"},
	below:         {"below", "below", percent, "share below it"},
	above:         {"above", "above", percent, "share above it"},
	confidence:    {"confidence", "confid.", percent, "mean confidence: what the model thinks of the next figure"},
	hits:          {"hits", "hits", percent, "share of predictions off by at most a quarter of the real downtime"},
	confidenceGap: {"confidence_gap", "", percent, "mean confidence less that share, without its sign"},
	totalError:    {"total_error", "total: error", percent, "median error of the total time"},
	totalRatio:    {"total_ratio", "total: ratio", fraction, "median of predicted / real total time"},
	totalCoverage: {"total_coverage", "total: holds", percent, "share of total times within their interval, if any"},
	converged:     {"converged", "converged: real", percent, "share that switched over by itself"},
	convergenceTold: {
		"convergence_told", "converged: told", percent, "mean of the predicted probability of that",
	},
	wrongVerdicts: {"wrong_verdicts", "verdicts: wrong", percent, "share where the likelier of the two did not happen"},
	ruleWrong:     {"rule_wrong_verdicts", "of the rule", percent, "the same of the rule dirty rate < 0.8 x bandwidth"},
}

func count(v float64) string    { return fmt.Sprintf("%.0f", v) }
func percent(v float64) string  { return fmt.Sprintf("%.1f %%", 100*v) }
func fraction(v float64) string { return fmt.Sprintf("%.2f", v) }
func signed(v float64) string   { return fmt.Sprintf("%+.2f", v) }

// text returns a figure as it is written; empty where it is undefined.
func (m measure) text(n prediction.Number) string {
	if math.IsNaN(float64(n)) {
		return ""
	}
	return measures[m].format(float64(n))
}

// lookup returns the measure of a name.
func lookup(name string) (measure, error) {
	var names []string
	for m := range measures {
		if measures[m].name == name {
			return measure(m), nil
		}
		names = append(names, measures[m].name)
	}
	return 0, fmt.Errorf("no measure %q: there are %s", name, strings.Join(names, ", "))
}
