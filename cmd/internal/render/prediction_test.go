package render

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/terminal"
	"vmmp/pkg/migration"
)

// The markers stand within the axis in their order, for any positive numbers.
func TestIntervalLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOfN(rapid.Float64Range(-744, 709), 3, 3).Draw(t, "logarithms")
		lower := math.Exp(min(v[0], v[1], v[2]))
		upper := math.Exp(max(v[0], v[1], v[2]))
		point := max(lower, min(upper, math.Exp(v[1])))
		p := page.New(false, rapid.IntRange(0, 120).Draw(t, "width"))
		axis := []rune(intervalAxis(p, lower, point, upper))
		if want := p.Width() - page.LabelWidth - 1; len(axis) != want {
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
	p := page.New(false, 60)
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
		if got := intervalAxis(p, c.lower, c.point, c.upper); got != c.want {
			t.Errorf("%g %g %g: %s, want %s", c.lower, c.point, c.upper, got, c.want)
		}
	}
}

// A factor's bar grows with it, to the right or to the left of one middle.
func TestFactorBarLaw(t *testing.T) {
	p := page.New(false, 80)
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.Float64Range(-1, 1).Draw(t, "share")
		left, right, found := strings.Cut(factorBar(p, share), "│")
		if !found || terminal.Length(left) != halfBar || terminal.Length(right) > halfBar {
			t.Fatalf("%g is drawn as %q", share, factorBar(p, share))
		}
		blocks := strings.Count(left, "█") - strings.Count(right, "█")
		if want := -int(math.Round(share * halfBar)); blocks != want {
			t.Fatalf("%g is drawn with %d blocks to the left, want %d", share, blocks, want)
		}
		if smaller := strings.Count(factorBar(p, share/2), "█"); smaller > strings.Count(left+right, "█") {
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
