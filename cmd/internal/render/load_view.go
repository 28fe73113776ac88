package render

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/terminal"
	"vmmp/pkg/stress"
)

// LoadView shows a load second by second in a form of output.
type LoadView struct {
	output string
	load   stress.Load
	live   *terminal.Live
	page   *page.Page // that knows the colours
	past   [len(gauges)][]float64
	quiet  Observation
}

// NewLoadView returns a view of a load.
func NewLoadView(live *terminal.Live, colored bool, output string, load stress.Load) *LoadView {
	return &LoadView{output: output, load: load, live: live, page: page.New(colored, 0)}
}

// Measuring shows why nothing happens yet, where a person looks on.
func (v *LoadView) Measuring() {
	if v.output == "text" {
		v.live.Show(fmt.Sprintf("measuring the quiet machine, %v", stress.QuietReadings*stress.Interval))
	}
}

// Begin sets what the machine was like before the load.
func (v *LoadView) Begin(quiet Observation) { v.quiet = quiet }

// Show writes one second of the load. It returns the first error of writing.
func (v *LoadView) Show(o Observation) error {
	switch {
	case v.output == "ndjson":
		v.keepJSON(newLoadRow(o))
	case v.output != "text":
	case v.live.Terminal():
		v.live.Show(v.lines(o)...)
	default:
		v.live.Keep(v.plain(o))
	}
	return v.live.Err()
}

// keepJSON writes a line of JSON.
func (v *LoadView) keepJSON(row any) {
	line, err := json.Marshal(row)
	if err != nil {
		panic("render: a row that is no JSON: " + err.Error()) // its numbers are never NaN
	}
	v.live.Keep(string(line) + "\n")
}

// plain returns the line of one second where there is no terminal.
func (v *LoadView) plain(o Observation) string {
	line := fmt.Sprintf("%6.1f s", o.Load.Elapsed.Seconds())
	for _, g := range gauges {
		line += fmt.Sprintf("  %s %s", strings.ToLower(g.name), g.of(o))
	}
	for _, r := range o.Load.Stressors {
		line += " | " + string(r.Stressor) + " " + held(r)
	}
	return line + "\n"
}

// pastCells is the width of a sparkline.
const pastCells = 40

// lines returns the live view of one second.
func (v *LoadView) lines(o Observation) []string {
	lines := []string{terminal.Pad("Load", page.LabelWidth/2) + v.elapsed(o)}
	for i, g := range gauges {
		v.past[i] = append(v.past[i], g.value(o))
		v.past[i] = v.past[i][max(0, len(v.past[i])-pastCells):]
		spark := v.page.Paint("36", terminal.Sparkline(v.past[i], pastCells))
		lines = append(lines, terminal.Pad(g.name, page.LabelWidth/2)+spark+
			fmt.Sprintf(" %11s  quiet %s", g.of(o), g.of(v.quiet)))
	}
	for _, r := range o.Load.Stressors {
		lines = append(lines, terminal.Pad(string(r.Stressor), page.LabelWidth/2)+held(r))
	}
	return lines
}

// elapsed returns in words how far the load is.
func (v *LoadView) elapsed(o Observation) string {
	text := o.Load.Elapsed.Round(time.Second).String()
	if v.load.Timeout > 0 {
		text += " of " + v.load.Timeout.String()
	} else {
		text += " until Ctrl-C"
	}
	if o.Load.Elapsed < v.load.Ramp {
		text += fmt.Sprintf(", growing for %v", v.load.Ramp)
	}
	return text
}

// KeepSummary writes what came of the load as a line, where each second was one.
func (v *LoadView) KeepSummary(result LoadResult) {
	if v.output == "ndjson" {
		v.keepJSON(struct {
			Summary LoadResult `json:"summary"`
		}{result})
	}
}

// End ends the view. It returns the first error of writing.
func (v *LoadView) End() error { return v.live.End() }
