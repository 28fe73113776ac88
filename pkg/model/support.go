package model

import (
	"math"

	"vmmp/forest"
	"vmmp/pkg/migration"
)

// Support says what an answer rests on.
type Support string

// The kinds of support.
const (
	Measured  Support = "measured"  // real migrations lie near
	Simulated Support = "simulated" // only simulated ones do
)

// transferSigma is the error, in the logarithm, that simulated answers have in the
// real world beyond what they know of, until real rows measure it: on 361 real
// migrations of unseen workloads the analytic model was 20.1 % off in the median
// (sigma 0.30), of which repeated settings explain 10 % (sigma 0.15).
const transferSigma = 0.26

// support knows which training rows really happened.
type support struct {
	Measured [2][]byte `json:"measured"` // one bit for each row of the downtime's learners; nil: none
	Sigma    float64   `json:"sigma"`    // by which simulated answers are widened, log scale
}

// newSupport looks at the rows of the downtime's learners.
func newSupport(trainings []training) support {
	s := support{Sigma: transferSigma}
	var off []float64
	for _, t := range trainings {
		for k, y := range t.rows.y {
			row := t.rows.row(k)
			if !t.rows.design.examples[row.example].measured() {
				continue
			}
			s.mark(row.physics.side(), k, len(t.rows.y))
			if row.recorded && row.physics.computed {
				off = append(off, logMS(y)-row.physics.downtime)
			}
		}
	}
	if len(off) >= fewestExamples {
		s.Sigma = robustSigma(off)
	}
	return s
}

// mark notes that row k of n of a learner really happened.
func (s *support) mark(side, k, n int) {
	if s.Measured[side] == nil {
		s.Measured[side] = make([]byte, (n+7)/8)
	}
	s.Measured[side][k/8] |= 1 << (k % 8)
}

// robustSigma is the half-width of the central 68 % of v.
func robustSigma(v []float64) float64 {
	m := levelsOf(v)
	return roundTo((m.quantile(0.84) - m.quantile(0.16)) / 2)
}

// of finds the support of a request from the leaves of a learner it reached: half
// their weight at least measured, and every known number within the measured range.
func (s *support) of(side int, leaves []forest.RowWeight, x migration.Features, schema []fieldRange) Support {
	measured := s.Measured[side]
	if measured == nil {
		return Simulated
	}
	weight := 0.0
	for _, leaf := range leaves {
		if measured[leaf.Row/8]&(1<<(leaf.Row%8)) != 0 {
			weight += leaf.Weight
		}
	}
	if weight < 0.5 {
		return Simulated
	}
	for f := range x.Known().All() {
		if v := x.Get(f); !math.IsNaN(v) && !schema[f].Measured.holds(v) {
			return Simulated
		}
	}
	return Measured
}
