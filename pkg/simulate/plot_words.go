package simulate

import (
	"fmt"
	"math"
)

// drawTitle says what the picture shows, and what it does not.
func (p *plot) drawTitle() {
	const bold = `font-size="20" font-weight="bold"`
	small := fmt.Sprintf(`fill="%s"`, plotGrey)
	unjudged := p.summary.Count - len(p.judged)
	switch {
	case p.summary.Count == 0:
		p.text(plotLeft, 38, bold, "No migrations")
		p.text(plotLeft, 62, small, "There is nothing to compare a prediction with.")
		return
	case len(p.judged) == 0:
		p.text(plotLeft, 38, bold, "No downtime to compare")
	default:
		p.text(plotLeft, 38, bold, "Predicted and actual downtime of "+counted(len(p.judged)))
		p.text(plotLeft, 62, small, fmt.Sprintf("median error %s; %s of the 90 %% intervals held the actual downtime",
			percent(*p.summary.MedianRelativeError), percent(*p.summary.Coverage90)))
	}
	if unjudged > 0 {
		p.text(plotLeft, plotHeight-12, small, fmt.Sprintf("%d did not switch over", unjudged))
	}
}

// counted is a number of migrations in words.
func counted(n int) string {
	if n == 1 {
		return "1 migration"
	}
	return fmt.Sprintf("%d migrations", n)
}

// percent is a fraction in words.
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

// drawLegend says what the marks mean.
func (p *plot) drawLegend() {
	const words = plotAside + 38
	y := float64(plotTop + 14)
	entry := func(mark, text string) {
		p.put(`<g transform="translate(%d %.1f)">%s</g>`, plotAside, y, mark)
		p.text(words, y+4.5, "", text)
		y += 28
	}
	entry(`<circle cx="14" cy="0" r="4.5" `+dotHeld+`/>`, fmt.Sprintf("interval held (%d)", p.held))
	entry(`<circle cx="14" cy="0" r="4.5" `+dotMissed+`/>`, fmt.Sprintf("interval missed (%d)", len(p.judged)-p.held))
	if p.intervals() {
		entry(`<path d="M14 -10V10" stroke="`+plotHeld+`" stroke-opacity="0.6"/>`, "90 % interval")
	}
	entry(`<path d="M0 0H28" `+diagonal+`/>`, "predicted = actual")
	entry(`<rect x="0" y="-8" width="28" height="16" fill="`+plotBand+`" stroke="#b9d4b4"/>`, "off by at most 25 %")
}

// caption is what a dot says when it is pointed at.
func caption(m *Migration) string {
	i, name := m.Prediction.Interval, ""
	if m.Name != "" {
		name = m.Name + ": "
	}
	return fmt.Sprintf("%spredicted %s (%s to %s), actual %s", name, duration(m.Prediction.PredictedDowntime),
		duration(i.Lower), duration(i.Upper), duration(*m.Outcome.DowntimeMS))
}
