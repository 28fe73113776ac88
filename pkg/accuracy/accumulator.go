package accuracy

import (
	"math"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/prediction"
)

// accumulator counts up one window.
type accumulator struct {
	outcomes, askedBefore int
	ended, successes      int
	avoidedMS             float64
	actual                []float64
	summaries             []prediction.Summary
}

// reset forgets everything, and keeps the memory.
func (c *accumulator) reset() { *c = accumulator{actual: c.actual[:0], summaries: c.summaries[:0]} }

func (c *accumulator) add(s *sample, b Business) {
	c.outcomes++
	if success, known := s.success(b.DowntimeLimit); known {
		c.ended++
		if success {
			c.successes++
		}
	}
	if s.moved {
		c.avoidedMS += inMS(b.BaselineDowntime) - s.downtimeMS
	}
	if s.matched {
		c.actual, c.summaries = append(c.actual, s.downtimeMS), append(c.summaries, s.summary)
	}
	if s.askedBefore {
		c.askedBefore++
	}
}

func (c *accumulator) window(period, source string, b Business) Window {
	m := evaluate.ScoreSummaries(c.actual, c.summaries)
	return Window{
		Window: period, Source: source, Outcomes: c.outcomes, Matched: m.Rows, AskedBefore: c.askedBefore,
		MedianRelativeError: m.MedianRelativeError, LogR2: m.LogR2, Within25: m.Within25,
		Coverage90: m.Coverage90, MeanConfidence: m.MeanConfidence,
		Business: c.value(b),
	}
}

func (c *accumulator) value(b Business) Value {
	unknown := prediction.Number(math.NaN())
	v := Value{DowntimeAvoidedS: unknown, CostSaved: unknown}
	v.SuccessRate = prediction.Finite(float64(c.successes) / float64(c.ended))
	if b.BaselineDowntime > 0 {
		v.DowntimeAvoidedS = prediction.Finite(c.avoidedMS / 1000)
		if b.PricePerSecond > 0 {
			v.CostSaved = prediction.Finite(float64(v.DowntimeAvoidedS) * b.PricePerSecond)
		}
	}
	return v
}
