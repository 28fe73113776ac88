package simulate

import (
	"math"
	"strconv"

	"vmmp/pkg/prediction"
)

// The downtimes that dots can have, in ms: from the shortest pause to twelve days.
const (
	axisLeastMS = prediction.LeastMS
	axisMostMS  = 1e9
)

const (
	axisMargin     = 1.1 // keeps dots off the frame
	axisManyTicks  = 10  // from here on only powers of ten have labels
	axisMostLabels = 7   // and of those no more than this
)

// axis is a logarithmic scale between the first and the last of its ticks.
type axis []tick

// tick is a downtime that an axis marks; its label is empty where there is no room.
type tick struct {
	ms    float64
	power bool // of ten
	label string
}

// newAxis makes an axis that holds the downtimes from low to high ms, as far as onAxis does. Its ticks are 1, 2 and 5
// times powers of ten.
func newAxis(low, high float64) axis {
	low, high = onAxis(low)/axisMargin, onAxis(high)*axisMargin
	var a axis
	for decade := -2; ; decade++ {
		for _, digit := range []float64{1, 2, 5} {
			t := tick{ms: digit * math.Pow10(decade), power: digit == 1}
			if t.ms <= low {
				a = a[:0] // a later tick is as good a beginning
			}
			if a = append(a, t); t.ms >= high {
				a.label()
				return a
			}
		}
	}
}

// onAxis returns the downtime nearest to ms that a dot can have.
func onAxis(ms float64) float64 {
	if !(ms > axisLeastMS) { // NaN, too
		return axisLeastMS
	}
	return min(ms, axisMostMS)
}

// label names as many ticks as there is room for.
func (a axis) label() {
	var named []*tick
	for i := range a {
		if t := &a[i]; t.power || len(a) < axisManyTicks {
			named = append(named, t)
		}
	}
	every := 1
	if len(a) >= axisManyTicks {
		every += (len(named) - 1) / axisMostLabels
	}
	for i := 0; i < len(named); i += every {
		named[i].label = duration(named[i].ms)
	}
}

func (a axis) low() float64  { return a[0].ms }
func (a axis) high() float64 { return a[len(a)-1].ms }

// at returns where a downtime lies on the axis: 0 at its beginning, 1 at its end, and there for all that lies beyond.
func (a axis) at(ms float64) float64 {
	low, high := a.low(), a.high()
	switch {
	case !(ms > low): // NaN, too
		return 0
	case ms >= high:
		return 1
	}
	return math.Log(ms/low) / math.Log(high/low)
}

// duration returns a downtime in words, to three digits: ms below a second, s from there.
func duration(ms float64) string {
	const least, most = 1e-3, 1e10
	switch ms = threeDigits(ms); {
	case math.IsNaN(ms):
		return "unknown"
	case ms < least && ms != 0:
		return "under " + duration(least)
	case ms > most:
		return "over " + duration(most)
	case ms < 1000:
		return plain(ms) + " ms"
	}
	return plain(threeDigits(ms/1000)) + " s"
}

// threeDigits rounds to three significant digits.
func threeDigits(v float64) float64 {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64) // out of range is infinite
	return rounded
}

// plain writes a number without an exponent.
func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
