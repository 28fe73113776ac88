package simulate

import (
	"fmt"
	"io"
	"math"

	"vmmp/pkg/prediction"
)

// plotIntervals is the most migrations whose intervals can be told apart.
const plotIntervals = 100

// Plot draws the predicted against the actual downtime of migrations as an SVG that needs nothing beside it: a dot
// for each that switched over, with its prediction interval where there are at most 100. Both axes are logarithmic
// and alike. What lies outside of 0.1 ms to 1e9 ms is drawn at that end. The same migrations give the same bytes. An
// error is that of w.
func Plot(w io.Writer, all []Migration) error {
	p := newPlot(all)
	p.draw()
	if _, err := w.Write(p.Bytes()); err != nil {
		return fmt.Errorf("write the plot: %w", err)
	}
	return nil
}

// plot is a picture being drawn.
type plot struct {
	summary  Summary
	compared []*Migration
	held     int  // how many intervals did
	axis     axis // of both directions
	canvas
}

func newPlot(all []Migration) *plot {
	p := &plot{summary: Summarise(all)}
	low, high := math.Inf(1), math.Inf(-1)
	for i := range all {
		m := &all[i]
		if m.Error == nil {
			continue
		}
		p.compared = append(p.compared, m)
		if *m.Held {
			p.held++
		}
		y, predicted := onAxis(*m.Outcome.DowntimeMS), onAxis(m.Prediction.PredictedDowntime)
		low, high = min(low, y, predicted), max(high, y, predicted)
	}
	if len(p.compared) > 0 {
		p.axis = newAxis(p.reach(low, high))
	}
	return p
}

// reach returns what the axes are to hold: the dots, from low to high, and of their intervals what does not press the
// dots together.
func (p *plot) reach(low, high float64) (float64, float64) {
	const most = 3 // times as far as the dots
	lowest, highest := low/most, high*most
	if !p.intervals() {
		return low, high
	}
	for _, m := range p.compared {
		low = min(low, max(onAxis(m.Prediction.Interval.Lower), lowest))
		high = max(high, min(onAxis(m.Prediction.Interval.Upper), highest))
	}
	return low, high
}

// intervals reports whether they are drawn.
func (p *plot) intervals() bool { return len(p.compared) <= plotIntervals }

func (p *plot) draw() {
	p.put(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" `+
		`role="img" aria-label="Predicted against actual downtime" `+
		`font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif" font-size="13" fill="%s">`,
		plotWidth, plotHeight, plotWidth, plotHeight, plotInk)
	p.put(`<rect width="%d" height="%d" fill="#ffffff"/>`, plotWidth, plotHeight)
	p.drawTitle()
	if len(p.compared) > 0 {
		p.drawAxes()
		p.drawIntervals()
		p.drawDots(true)
		p.drawDots(false)
		p.drawDiagonal()
		p.drawLegend()
	}
	p.put(`</svg>`)
}

// drawTitle writes what the picture shows, and what it does not.
func (p *plot) drawTitle() {
	const bold = `font-size="20" font-weight="bold"`
	small := fmt.Sprintf(`fill="%s"`, plotGrey)
	rest := p.summary.Count - len(p.compared)
	switch {
	case p.summary.Count == 0:
		p.text(plotLeft, 38, bold, "No migrations")
		p.text(plotLeft, 62, small, "There is nothing to compare a prediction with.")
		return
	case len(p.compared) == 0:
		p.text(plotLeft, 38, bold, "No downtime to compare")
	default:
		p.text(plotLeft, 38, bold, "Predicted and actual downtime of "+counted(len(p.compared)))
		p.text(plotLeft, 62, small, fmt.Sprintf("median error %s; %s of the 90 %% intervals held the actual downtime",
			percent(*p.summary.MedianRelativeError), percent(*p.summary.Coverage90)))
	}
	if rest > 0 {
		p.text(plotLeft, plotHeight-12, small, fmt.Sprintf("%d did not switch over", rest))
	}
}

// dot returns where a migration lies.
func (p *plot) dot(m *Migration) (x, y float64) {
	return p.x(onAxis(*m.Outcome.DowntimeMS)), p.y(onAxis(m.Prediction.PredictedDowntime))
}

// x returns where an actual downtime lies, y where a predicted one does.
func (p *plot) x(ms float64) float64 { return plotLeft + plotSide*p.axis.at(ms) }
func (p *plot) y(ms float64) float64 { return plotTop + plotSide*(1-p.axis.at(ms)) }

// drawAxes draws the ground on which the dots lie.
func (p *plot) drawAxes() {
	const right, bottom = plotLeft + plotSide, plotTop + plotSide
	p.drawBand()
	for _, t := range p.axis {
		colour := "#eef0f2"
		if t.label != "" {
			colour = "#d5dade"
		}
		p.put(`<path d="M%.1f %dV%dM%d %.1fH%d" stroke="%s"/>`,
			p.x(t.ms), plotTop, bottom, plotLeft, p.y(t.ms), right, colour)
		if t.label != "" {
			p.text(p.x(t.ms), bottom+20, `text-anchor="middle"`, t.label)
			p.text(plotLeft-9, p.y(t.ms)+4.5, `text-anchor="end"`, t.label)
		}
	}
	p.put(`<rect x="%d" y="%d" width="%d" height="%d" fill="none" stroke="%s"/>`,
		plotLeft, plotTop, plotSide, plotSide, plotGrey)
	p.text(plotLeft+plotSide/2, bottom+46, `text-anchor="middle" font-size="15"`, "actual downtime")
	p.text(0, 0, fmt.Sprintf(`text-anchor="middle" font-size="15" transform="translate(24 %d) rotate(-90)"`,
		plotTop+plotSide/2), "predicted downtime")
}

// drawBand draws where predictions lie that are off by at most a quarter.
func (p *plot) drawBand() {
	const least, most = 1 - prediction.Tolerance, 1 + prediction.Tolerance
	low, high := p.axis.low(), p.axis.high()
	p.put(`<path d="M%.1f %.1fL%.1f %.1fL%.1f %.1fL%.1f %.1fL%.1f %.1fL%.1f %.1fZ" fill="%s"/>`,
		p.x(low), p.y(low), p.x(low/least), p.y(low), p.x(high), p.y(high*least),
		p.x(high), p.y(high), p.x(high/most), p.y(high), p.x(low), p.y(low*most), plotBand)
}

// drawDiagonal draws where predictions are right, over the dots that would hide it and yet not in the way of a pointer.
func (p *plot) drawDiagonal() {
	p.put(`<path d="M%d %dL%d %d" %s pointer-events="none"/>`,
		plotLeft, plotTop+plotSide, plotLeft+plotSide, plotTop, diagonal)
}

// drawIntervals draws prediction intervals, as far as the axis goes.
func (p *plot) drawIntervals() {
	if !p.intervals() {
		return
	}
	for _, m := range p.compared {
		colour := plotHeld
		if !*m.Held {
			colour = plotMissed
		}
		x, _ := p.dot(m)
		p.put(`<path d="M%.1f %.1fV%.1f" stroke="%s" stroke-opacity="0.45"/>`,
			x, p.y(m.Prediction.Interval.Lower), p.y(m.Prediction.Interval.Upper), colour)
	}
}

// drawDots draws the migrations whose interval held, or those whose did not.
func (p *plot) drawDots(held bool) {
	attributes := dotMissed
	if held {
		attributes = dotHeld
	}
	p.put(`<g %s>`, attributes)
	for _, m := range p.compared {
		if *m.Held == held {
			x, y := p.dot(m)
			p.put(`<circle cx="%.1f" cy="%.1f" r="%g"><title>%s</title></circle>`, x, y, p.radius(), escaped(caption(m)))
		}
	}
	p.put(`</g>`)
}

// radius returns that of a dot: the more there are, the smaller.
func (p *plot) radius() float64 {
	switch n := len(p.compared); {
	case n <= plotIntervals:
		return 4
	case n <= 500:
		return 3
	case n <= 2000:
		return 2.2
	}
	return 1.5
}

// drawLegend writes what the marks mean.
func (p *plot) drawLegend() {
	const words = plotAside + 38
	y := float64(plotTop + 14)
	entry := func(mark, text string) {
		p.put(`<g transform="translate(%d %.1f)">%s</g>`, plotAside, y, mark)
		p.text(words, y+4.5, "", text)
		y += 28
	}
	entry(`<circle cx="14" cy="0" r="4.5" `+dotHeld+`/>`, fmt.Sprintf("interval held (%d)", p.held))
	entry(`<circle cx="14" cy="0" r="4.5" `+dotMissed+`/>`, fmt.Sprintf("interval missed (%d)", len(p.compared)-p.held))
	if p.intervals() {
		entry(`<path d="M14 -10V10" stroke="`+plotHeld+`" stroke-opacity="0.6"/>`, "90 % interval")
	}
	entry(`<path d="M0 0H28" `+diagonal+`/>`, "predicted = actual")
	entry(`<rect x="0" y="-8" width="28" height="16" fill="`+plotBand+`" stroke="#b9d4b4"/>`, "off by at most 25 %")
}
