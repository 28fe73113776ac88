package cmd

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"vmmp/pkg/stress"
)

// machineView shows a load second by second in the form that was asked for.
type machineView struct {
	env    *env
	output string
	load   stress.Load
	live   *live
	past   [len(gauges)][]float64
	quiet  observation
}

func newMachineView(e *env, output string, load stress.Load) *machineView {
	return &machineView{env: e, output: output, load: load, live: newLive(e)}
}

// gauge is one figure of the live view.
type gauge struct {
	name  string
	value func(observation) float64
	say   func(float64) string
}

var gauges = [...]gauge{
	{"CPU", func(o observation) float64 { return o.host.CPUPercent }, inUnit("%.1f %%")},
	{"Memory", func(o observation) float64 { return o.host.MemoryPercent }, inUnit("%.1f %%")},
	{"Disk", func(o observation) float64 { return o.host.DiskMBps }, inUnit("%.1f MB/s")},
	{"Network", func(o observation) float64 { return o.host.TrafficMbps }, inUnit("%.1f Mbps")},
	{"Downtime", func(o observation) float64 { return o.prediction.PredictedDowntime }, unlessUnknown(milliseconds)},
}

func inUnit(format string) func(float64) string {
	return unlessUnknown(func(v float64) string { return fmt.Sprintf(format, v) })
}

// unlessUnknown says a figure, a dash where it is not known.
func unlessUnknown(say func(float64) string) func(float64) string {
	return func(v float64) string {
		if math.IsNaN(v) {
			return "-"
		}
		return say(v)
	}
}

// measuring tells a person why nothing happens yet.
func (v *machineView) measuring() {
	if v.output == "text" {
		v.live.show(fmt.Sprintf("measuring the quiet machine, %v", quietReadings*liveInterval))
	}
}

// begin tells what the machine was like before the load.
func (v *machineView) begin(quiet observation) { v.quiet = quiet }

// show shows one second. The error is the first of writing.
func (v *machineView) show(o observation) error {
	switch {
	case v.output == "ndjson":
		v.keepJSON(newMachineRow(o))
	case v.output != "text":
	case v.live.terminal:
		v.live.show(v.lines(o)...)
	default:
		v.live.keep(v.plain(o))
	}
	return wrapWrite(v.live.err)
}

// keepJSON writes a line of JSON.
func (v *machineView) keepJSON(row any) {
	line, err := json.Marshal(row)
	if err != nil {
		panic("cmd: a row that is no JSON: " + err.Error()) // its numbers are never NaN
	}
	v.live.keep(string(line) + "\n")
}

// plain is the line of one second where there is no terminal.
func (v *machineView) plain(o observation) string {
	line := fmt.Sprintf("%6.1f s", o.load.Elapsed.Seconds())
	for _, g := range gauges {
		line += fmt.Sprintf("  %s %s", strings.ToLower(g.name), g.say(g.value(o)))
	}
	for _, r := range o.load.Stressors {
		line += " | " + string(r.Stressor) + " " + held(r)
	}
	return line + "\n"
}

// pastCells is the width of a sparkline.
const pastCells = 40

// lines are the live view of one second.
func (v *machineView) lines(o observation) []string {
	t := newText(v.env.colored(v.env.stdout), labelWidth)
	lines := []string{pad("Load", labelWidth/2) + v.elapsed(o)}
	for i, g := range gauges {
		now := g.value(o)
		v.past[i] = append(v.past[i], now)
		v.past[i] = v.past[i][max(0, len(v.past[i])-pastCells):]
		lines = append(lines, pad(g.name, labelWidth/2)+t.paint("36", sparkline(v.past[i], pastCells))+
			fmt.Sprintf(" %11s  quiet %s", g.say(now), g.say(g.value(v.quiet))))
	}
	for _, r := range o.load.Stressors {
		lines = append(lines, pad(string(r.Stressor), labelWidth/2)+held(r))
	}
	return lines
}

// elapsed says how far the load is.
func (v *machineView) elapsed(o observation) string {
	says := o.load.Elapsed.Round(time.Second).String()
	if v.load.Timeout > 0 {
		says += " of " + v.load.Timeout.String()
	} else {
		says += " until Ctrl-C"
	}
	if o.load.Elapsed < v.load.Ramp {
		says += fmt.Sprintf(", growing for %v", v.load.Ramp)
	}
	return says
}

// summary ends the view with what came of the load.
func (v *machineView) summary(s machineSummary) error {
	row := newSummaryRow(s)
	if v.output == "ndjson" {
		v.keepJSON(struct {
			Summary summaryRow `json:"summary"`
		}{row})
	}
	if err := v.live.end(); err != nil {
		return err
	}
	switch v.output {
	case "json":
		return v.env.writeJSON(row)
	case "text":
		return v.env.writeMachineSummary(v.load, s)
	}
	return nil
}

// end ends the view without one.
func (v *machineView) end() error { return v.live.end() }
