package cmd

import (
	"fmt"
	"math"
	"strings"

	"vmmp/pkg/stress"
)

// writeMachineSummary writes for a person what came of a load.
func (e *env) writeMachineSummary(load stress.Load, s machineSummary) error {
	columns, _ := width(e.stdout)
	t := newText(e.colored(e.stdout), min(columns, 100))
	t.machineSummary(load, s)
	_, err := fmt.Fprint(e.stdout, t.String())
	return wrapWrite(err)
}

// machineSummary sets the quiet machine beside the loaded one.
func (t *text) machineSummary(load stress.Load, s machineSummary) {
	t.line("Load", describeLoad(load))
	ended := ""
	if s.interrupted {
		ended = ", interrupted"
	}
	t.line("Lasted", fmt.Sprintf("%.1f s%s", s.load.Elapsed.Seconds(), ended))
	t.section("Held")
	for _, r := range s.load.Stressors {
		t.line("  "+string(r.Stressor), held(r))
	}
	fmt.Fprintf(t, "\n%s%14s%14s\n", t.bold(pad("This machine", labelWidth)), "quiet", "loaded")
	t.beside("Dirty rate", s, func(o observation) string { return inUnit("%.1f MiB/s")(o.dirtyRate) })
	for _, g := range gauges[:len(gauges)-1] {
		t.beside(g.name, s, func(o observation) string { return g.say(g.value(o)) })
	}
	t.beside("Predicted downtime", s, func(o observation) string { return milliseconds(o.prediction.PredictedDowntime) })
	t.beside("90 % from", s, func(o observation) string { return milliseconds(o.prediction.Interval.Lower) })
	t.beside("to", s, func(o observation) string { return milliseconds(o.prediction.Interval.Upper) })
	t.beside("Converges", s, func(o observation) string { return percent(o.prediction.ConvergenceProbability) })
}

// beside writes a figure of the quiet and of the loaded machine.
func (t *text) beside(label string, s machineSummary, say func(observation) string) {
	loaded := "-"
	if s.loaded != nil {
		loaded = say(*s.loaded)
	}
	fmt.Fprintf(t, "%s%14s%14s\n", pad(label, labelWidth), say(s.quiet), loaded)
}

// describeLoad says what a load was meant to be.
func describeLoad(l stress.Load) string {
	var parts []string
	add := func(workers int, name, how string) {
		if workers > 0 {
			parts = append(parts, fmt.Sprintf("%d %s%s", workers, name, how))
		}
	}
	add(l.CPU.Workers, "cpu", fmt.Sprintf(" at %g %% of a core", 100*l.CPU.Share))
	add(l.VM.Workers, "vm", " of "+stress.Size(l.VM.Bytes).String()+dirtying(l.VM))
	add(l.IO.Workers, "io", "")
	add(l.HDD.Workers, "hdd", " of "+stress.Size(l.HDD.Bytes).String())
	says := strings.Join(parts, ", ")
	if l.Ramp > 0 {
		says += fmt.Sprintf(", growing for %v", l.Ramp)
	}
	return says
}

// dirtying says how memory is written to.
func dirtying(v stress.VMLoad) string {
	says := ""
	if v.DirtyRate != stress.Unpaced {
		says = " dirtied at " + stress.Size(v.DirtyRate).String() + "/s"
	}
	if v.Written() < v.Bytes {
		says += " in " + stress.Size(v.Written()).String()
	}
	return says
}

// held says what a stressor did, beside what it was meant to.
func held(r stress.Rate) string {
	m := measures[r.Stressor]
	work := inUnit("%.0f " + m.work)(r.Work / m.perWork)
	if r.Stressor == stress.VM {
		work += " written"
	}
	switch {
	case math.IsNaN(r.Achieved):
		return work
	case math.IsNaN(r.Target):
		return fmt.Sprintf("%.1f %s dirtied, %s", r.Achieved/m.perTarget, m.target, work)
	}
	return fmt.Sprintf("%.1f of %.1f %s, %s", r.Achieved/m.perTarget, r.Target/m.perTarget, m.target, work)
}
