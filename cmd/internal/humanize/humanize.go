// Package humanize writes figures as a person says them.
package humanize

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// Milliseconds returns a pause of so many ms, such as 156 ms.
func Milliseconds(ms float64) string {
	switch {
	case ms < 10:
		return fmt.Sprintf("%.1f ms", ms)
	case ms < 10_000:
		return fmt.Sprintf("%.0f ms", ms)
	}
	return Duration(ms)
}

// Duration returns a longer time of so many ms, such as 8.1 s.
func Duration(ms float64) string {
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

// Probability returns a probability in per cent, and never that something is certain.
func Probability(p float64) string {
	switch {
	case p < 0.005:
		return "under 1 %"
	case p >= 0.995:
		return "over 99 %"
	}
	return fmt.Sprintf("%.0f %%", 100*p)
}

// Share returns a share of 1 in per cent, with the digits that tell it from others.
func Share(v float64) string { return strconv.FormatFloat(100*v, 'g', 4, 64) + " %" }

// Figure returns a number in a format, a dash where it is undefined.
func Figure(format string, n prediction.Number) string {
	if math.IsNaN(float64(n)) {
		return "-"
	}
	return fmt.Sprintf(format, float64(n))
}

// Percent returns a fraction in per cent, a dash where it is undefined.
func Percent(n prediction.Number) string { return Figure("%.1f %%", 100*n) }

// OrDash returns what say makes of a figure, a dash where it is NaN.
func OrDash(v float64, say func(float64) string) string {
	if math.IsNaN(v) {
		return "-"
	}
	return say(v)
}

// Unit returns the unit that stands behind a feature's value, empty where there is none.
func Unit(f migration.Feature) string {
	if d := f.Definition(); d.Kind != migration.Points {
		return d.Unit
	}
	return ""
}

// curveSeparator separates the points of a curve, as on the command line.
const curveSeparator = ','

// Value returns a feature's value without its unit. Of what was measured to many digits
// it keeps four, and all before the point.
func Value(x migration.Features, f migration.Feature) string {
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
