package cmd

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"vmmp/pkg/migration"
)

// The markers stand within the axis in their order, for any positive numbers.
func TestIntervalLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOfN(rapid.Float64Range(-744, 709), 3, 3).Draw(t, "logarithms")
		lower := math.Exp(min(v[0], v[1], v[2]))
		upper := math.Exp(max(v[0], v[1], v[2]))
		point := max(lower, min(upper, math.Exp(v[1])))
		page := newText(false, rapid.IntRange(0, 120).Draw(t, "width"))
		axis := []rune(page.interval(lower, point, upper))
		if want := page.width - labelWidth - 1; len(axis) != want {
			t.Fatalf("%d cells, want %d", len(axis), want)
		}
		from, at, to := -1, -1, -1
		for i, r := range axis {
			switch r {
			case '├':
				from = i
			case '●':
				at = i
			case '┤':
				to = i
			case '·', '─':
			default:
				t.Fatalf("%q on the axis", r)
			}
		}
		// The point covers an end that it falls on, and the upper end the lower.
		if at < 0 || from > at || to >= 0 && to < at {
			t.Fatalf("%g %g %g is drawn as %s", lower, point, upper, string(axis))
		}
	})
}

func TestInterval(t *testing.T) {
	page := newText(false, 60)
	for _, c := range []struct {
		lower, point, upper float64
		want                string
	}{
		{10, 20, 40, "··········├────────●─────────┤·········"},
		{10, 10, 40, "··········●──────────────────┤·········"},
		{10, 40, 40, "··········├──────────────────●·········"},
		{10, 10, 10, "···················●···················"},
		{math.SmallestNonzeroFloat64, 1, math.MaxFloat64, "├──────────────────●──────────────────┤"},
	} {
		if got := page.interval(c.lower, c.point, c.upper); got != c.want {
			t.Errorf("%g %g %g: %s, want %s", c.lower, c.point, c.upper, got, c.want)
		}
	}
}

// Wrapping keeps every word in its order; a line is too long only if it is one word.
func TestWrapLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sentence := rapid.StringOf(rapid.RuneFrom([]rune("ab 	\n·é×"))).Draw(t, "sentence")
		width := rapid.IntRange(1, 30).Draw(t, "width")
		lines := wrap(sentence, width)
		if got, want := strings.Join(lines, " "), strings.Join(strings.Fields(sentence), " "); got != want {
			t.Fatalf("%q became %q", want, got)
		}
		for i, line := range lines {
			if utf8.RuneCountInString(line) > width && strings.Contains(line, " ") {
				t.Fatalf("line %q is longer than %d", line, width)
			}
			if i > 0 && utf8.RuneCountInString(lines[i-1])+1+utf8.RuneCountInString(strings.Fields(line)[0]) <= width {
				t.Fatalf("%q would have fitted on %q", line, lines[i-1])
			}
		}
	})
}

// Colour takes no room.
func TestColourIsNotCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("ab·─●"))).Draw(t, "text")
		painted := newText(true, 80).paint("1;36", s)
		if length(painted) != utf8.RuneCountInString(s) {
			t.Fatalf("%q has length %d", painted, length(painted))
		}
		if got := length(pad(painted, 20)); got < 20 || got > max(20, length(s)) {
			t.Fatalf("padded to %d", got)
		}
		if s == "" && painted != "" {
			t.Fatalf("nothing painted is %q", painted)
		}
	})
}

// A factor's bar grows with it, to the right or to the left of one middle.
func TestFactorBarLaw(t *testing.T) {
	page := newText(false, 80)
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.Float64Range(-1, 1).Draw(t, "share")
		left, right, found := strings.Cut(page.factorBar(share), "│")
		if !found || length(left) != halfBar || length(right) > halfBar {
			t.Fatalf("%g is drawn as %q", share, page.factorBar(share))
		}
		blocks := strings.Count(left, "█") - strings.Count(right, "█")
		if want := -int(math.Round(share * halfBar)); blocks != want {
			t.Fatalf("%g is drawn with %d blocks to the left, want %d", share, blocks, want)
		}
		if smaller := strings.Count(page.factorBar(share/2), "█"); smaller > strings.Count(left+right, "█") {
			t.Fatalf("half of %g has a longer bar", share)
		}
	})
}

func TestWordsForProbabilities(t *testing.T) {
	for p, want := range map[float64]string{0: "hardly more than a guess", 0.24: "hardly more than a guess", 0.25: "rough", 0.5: "fair", 0.75: "sure", 0.9: "very sure", 1: "very sure"} {
		if got := confidenceWords(p); !strings.HasPrefix(got, want+": ") {
			t.Errorf("confidence %g: %q", p, got)
		}
	}
	for p, want := range map[float64]string{0: "not expected", 0.49: "not expected", 0.5: "uncertain", 0.75: "likely", 0.95: "expected", 1: "expected"} {
		if got := convergenceWords(p, migration.Features{}); !strings.HasPrefix(got, want+": ") || !strings.HasSuffix(got, " within 30 rounds") {
			t.Errorf("convergence %g: %q", p, got)
		}
	}
}

func TestWordsForTimes(t *testing.T) {
	for ms, want := range map[float64]string{
		0.04: "0.0 ms", 9.94: "9.9 ms", 10: "10 ms", 156.23: "156 ms", 9_999: "9999 ms", 10_000: "10.0 s",
		119_000: "119.0 s", 3_600_000: "1h0m0s", 1e15: "more than a year", math.Inf(1): "more than a year",
	} {
		if got := milliseconds(ms); got != want {
			t.Errorf("%g ms is said as %q, want %q", ms, got, want)
		}
	}
	for ms, want := range map[float64]string{0.4: "0 ms", 999: "999 ms", 1000: "1.0 s", 150_000: "2m30s"} {
		if got := span(ms); got != want {
			t.Errorf("%g ms is said as %q, want %q", ms, got, want)
		}
	}
}

func TestPercentIsNeverCertain(t *testing.T) {
	for p, want := range map[float64]string{0: "under 1 %", 0.004: "under 1 %", 0.01: "1 %", 0.5: "50 %", 0.99: "99 %", 0.997: "over 99 %", 1: "over 99 %"} {
		if got := percent(p); got != want {
			t.Errorf("percent(%g) = %q, want %q", p, got, want)
		}
	}
}
