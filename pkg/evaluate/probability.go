package evaluate

import (
	"cmp"
	"math"
	"slices"
)

// CalibrationError returns the expected calibration error of the probabilities of an event: over bins of equal width on
// [0, 1], the sum of each bin's share of the rows times the distance between its mean probability and how often the
// event happened there. 0 is best; NaN without rows or with a NaN among them. It panics without bins.
func CalibrationError(probability []float64, happened []bool, bins int) float64 {
	mustMatch(len(probability), len(happened))
	if bins < 1 {
		panic("evaluate: calibration error needs a bin")
	}
	if undefined(probability) {
		return math.NaN()
	}
	// Within a bin, share * |mean probability - frequency| is |sum of (probability - happened)| / rows.
	off := make([]float64, bins)
	for i, p := range probability {
		bin := int(min(max(p, 0), 1) * float64(bins))
		off[min(bin, bins-1)] += p - one(happened[i])
	}
	sum := 0.0
	for _, v := range off {
		sum += math.Abs(v)
	}
	return sum / float64(len(probability))
}

// Brier returns the mean squared distance between the probability of an event and whether it happened: 0 is best, 0.25
// is a coin's. NaN without rows.
func Brier(probability []float64, happened []bool) float64 {
	mustMatch(len(probability), len(happened))
	sum := 0.0
	for i, p := range probability {
		off := p - one(happened[i])
		sum += off * off
	}
	return sum / float64(len(probability))
}

// AUC returns the area under the receiver operating characteristic: the probability that of one event that happened and
// one that did not, the former was given the higher probability; ties count half. NaN without both kinds of event or
// with a NaN among the probabilities.
func AUC(probability []float64, happened []bool) float64 {
	mustMatch(len(probability), len(happened))
	if undefined(probability) {
		return math.NaN()
	}
	order := make([]int, len(probability))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(probability[a], probability[b]) })
	// negatives counts the events below the current tie that did not happen; above is the number of ordered pairs, ties
	// half.
	var negatives, positives, above float64
	for start := 0; start < len(order); {
		end, yes := start, 0.0
		for ; end < len(order) && probability[order[end]] == probability[order[start]]; end++ {
			yes += one(happened[order[end]])
		}
		no := float64(end-start) - yes
		above += yes * (negatives + no/2)
		negatives, positives, start = negatives+no, positives+yes, end
	}
	return above / (negatives * positives)
}

// undefined reports whether nothing can be said of the probabilities.
func undefined(probability []float64) bool {
	return len(probability) == 0 || slices.ContainsFunc(probability, math.IsNaN)
}
