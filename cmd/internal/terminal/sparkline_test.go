package terminal

import (
	"math"
	"testing"
)

func TestSparkline(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		values []float64
		want   string
	}{
		{nil, "     "},
		{[]float64{3}, "▁    "},
		{[]float64{0, 7, 3.5}, "▁█▅  "},
		{[]float64{1, nan, 2}, "▁ █  "},
		{[]float64{9, 9, 0, 1, 2, 3, 4}, "▁▃▅▇█"},
		{[]float64{nan, nan}, "     "},
	} {
		if got := Sparkline(c.values, 5); got != c.want {
			t.Errorf("Sparkline(%v) = %q, want %q", c.values, got, c.want)
		}
	}
}
