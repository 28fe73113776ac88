package estimate

import (
	"math"
	"time"

	"vmmp/pkg/precopy"
	"vmmp/pkg/prediction"
)

// mostMS is thirty years, which nobody waits for: where a logarithm needs a floor, prediction.LeastMS, an exponential
// needs a ceiling.
const mostMS = 1e12

// LogMS returns the logarithm of ms, bounded so that it is finite.
func LogMS(ms float64) float64 { return math.Log(min(max(ms, prediction.LeastMS), mostMS)) }

// InMS returns the ms of which log is the logarithm, bounded as LogMS is.
func InMS(log float64) float64 { return min(max(math.Exp(log), prediction.LeastMS), mostMS) }

// mostSigma is a spread of logarithms beyond what any two times can differ by.
const mostSigma = 100

// FixedMS is the part of a pause that does not depend on memory at a typical site, in ms.
var FixedMS = float64(precopy.Typical.Overhead) / float64(time.Millisecond)
