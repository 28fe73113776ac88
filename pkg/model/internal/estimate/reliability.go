package estimate

import (
	"slices"
	"sort"
)

// Reliability maps a forest's probability to the frequency with which it came true out of bag: isotonic, linear between
// its knots (Zadrozny and Elkan 2002). The zero Reliability changes nothing.
type Reliability struct {
	Probability []float64 `json:"probability,omitempty"` // ascending
	Frequency   []float64 `json:"frequency,omitempty"`   // ascending, never quite 0 or 1
}

// Of returns the calibrated probability.
func (r Reliability) Of(p float64) float64 {
	n := len(r.Probability)
	if n == 0 {
		return p
	}
	i := sort.SearchFloat64s(r.Probability, p)
	switch i {
	case 0:
		return r.Frequency[0]
	case n:
		return r.Frequency[n-1]
	}
	share := (p - r.Probability[i-1]) / (r.Probability[i] - r.Probability[i-1])
	return r.Frequency[i-1] + share*(r.Frequency[i]-r.Frequency[i-1])
}

// Valid reports whether r rises and its frequencies are probabilities.
func (r Reliability) Valid() bool {
	n := len(r.Probability)
	if n != len(r.Frequency) || !slices.IsSorted(r.Probability) || !slices.IsSorted(r.Frequency) {
		return false
	}
	return n == 0 || r.Frequency[0] >= 0 && r.Frequency[n-1] <= 1
}
