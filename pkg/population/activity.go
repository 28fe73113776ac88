package population

import (
	"math"
	"math/rand/v2"
)

// activitySigma is the spread of how busy a guest is from one second to the next, as a logarithm: an assumption,
// with which guests converge about as often as they really do where their rounds hardly shrink.
const activitySigma = 0.4

// mostSeconds is beyond how many seconds the mean of a guest's activity is taken for one.
const mostSeconds = 60

// activity returns how busy a guest is between two times: one on average, and another in every second.
func activity(seed uint64) func(from, to float64) float64 {
	return func(from, to float64) float64 {
		if to-from > mostSeconds || to <= from {
			return 1
		}
		sum := 0.0
		for second := math.Floor(from); second < to; second++ {
			sum += (min(to, second+1) - max(from, second)) * busy(seed, uint64(second))
		}
		return sum / (to - from)
	}
}

// busy returns how busy a guest is in one second.
func busy(seed, second uint64) float64 {
	z := rand.New(rand.NewPCG(seed, second)).NormFloat64()
	return math.Exp(activitySigma*z - activitySigma*activitySigma/2)
}
