package simulate

import (
	"fmt"
	"math"
)

// counted returns a number of migrations in words.
func counted(n int) string {
	if n == 1 {
		return "1 migration"
	}
	return fmt.Sprintf("%d migrations", n)
}

// percent returns a fraction in words.
func percent(fraction float64) string {
	switch v := 100 * fraction; {
	case math.IsNaN(v):
		return "unknown"
	case v > 9999:
		return "over 9999 %"
	case v > 0 && v < 9.95:
		return fmt.Sprintf("%.1f %%", v)
	default:
		return fmt.Sprintf("%.0f %%", v)
	}
}

// caption returns what a dot says when it is pointed at.
func caption(m *Migration) string {
	i, name := m.Prediction.Interval, ""
	if m.Name != "" {
		name = m.Name + ": "
	}
	return fmt.Sprintf("%spredicted %s (%s to %s), actual %s", name, duration(m.Prediction.PredictedDowntime),
		duration(i.Lower), duration(i.Upper), duration(*m.Outcome.DowntimeMS))
}
