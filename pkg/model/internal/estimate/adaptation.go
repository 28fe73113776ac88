package estimate

import (
	"math"
)

// Adaptation holds what real migrations teach about answers that rest on simulated ones: what no simulation knows of
// the real world. The zero Adaptation changes nothing.
type Adaptation struct {
	// Dirty is the logarithm of what the part of the pause that sends memory is multiplied by. The fixed part is the same
	// whatever is sent.
	Dirty float64 `json:"dirty"`

	// Sigma is the error of the logarithm by which the answer is widened.
	Sigma float64 `json:"sigma"`
}

// Apply makes of what is expected in simulation what is expected of real migrations.
func (a Adaptation) Apply(d *Distribution) {
	d.widen(a.Sigma)
	d.dirty = a.Dirty
}

// Valid reports whether a can have been learned.
func (a Adaptation) Valid() bool {
	return a.Sigma >= 0 && a.Sigma <= mostSigma && math.Abs(a.Dirty) <= mostSigma
}
