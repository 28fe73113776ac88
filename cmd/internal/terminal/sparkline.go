package terminal

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Sparkline returns the last values as so many blocks, from the least to the largest of them. NaN is a gap.
func Sparkline(values []float64, cells int) string {
	const blocks = "▁▂▃▄▅▆▇█"
	values = values[max(0, len(values)-cells):]
	least, most := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) {
			least, most = min(least, v), max(most, v)
		}
	}
	var b strings.Builder
	steps := slices.Collect(strings.SplitSeq(blocks, ""))
	for _, v := range values {
		switch at := (v - least) / (most - least); {
		case math.IsNaN(v):
			b.WriteByte(' ')
		case most == least:
			b.WriteString(steps[0])
		default:
			b.WriteString(steps[min(len(steps)-1, int(at*float64(len(steps))))])
		}
	}
	return b.String() + strings.Repeat(" ", max(0, cells-utf8.RuneCountInString(b.String())))
}
