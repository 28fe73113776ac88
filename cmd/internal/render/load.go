package render

import (
	"fmt"
	"math"
	"strings"

	"vmmp/cmd/internal/humanize"
	"vmmp/pkg/prediction"
	"vmmp/pkg/stress"
)

// Observation is what a load did to this machine for a while, and the prediction of that.
type Observation struct {
	stress.Observation
	Prediction prediction.Prediction
}

// LoadSummary holds what came of a load.
type LoadSummary struct {
	Quiet       Observation
	Loaded      *Observation // nil where nothing was read of it
	Load        stress.Status
	Interrupted bool
}

// gauge is one figure of the machine.
type gauge struct {
	name  string
	value func(Observation) float64
	say   func(float64) string
}

var gauges = [...]gauge{
	{"CPU", func(o Observation) float64 { return o.Host.CPUPercent }, inUnit("%.1f %%")},
	{"Memory", func(o Observation) float64 { return o.Host.MemoryPercent }, inUnit("%.1f %%")},
	{"Disk", func(o Observation) float64 { return o.Host.DiskMBps }, inUnit("%.1f MB/s")},
	{"Network", func(o Observation) float64 { return o.Host.TrafficMbps }, inUnit("%.1f Mbps")},
	{"Downtime", func(o Observation) float64 { return o.Prediction.PredictedDowntime }, humanize.Milliseconds},
}

// inUnit returns what writes a figure in a format.
func inUnit(format string) func(float64) string {
	return func(v float64) string { return fmt.Sprintf(format, v) }
}

// of returns the gauge's figure in words, a dash where it is not known.
func (g gauge) of(o Observation) string { return humanize.OrDash(g.value(o), g.say) }

// describeLoad returns in words what a load was meant to be.
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
	text := strings.Join(parts, ", ")
	if l.Ramp > 0 {
		text += fmt.Sprintf(", growing for %v", l.Ramp)
	}
	return text
}

// dirtying returns in words how memory is written to.
func dirtying(v stress.VMLoad) string {
	text := ""
	if v.DirtyRate != stress.Unpaced {
		text = " dirtied at " + stress.Size(v.DirtyRate).String() + "/s"
	}
	if v.Written() < v.Bytes {
		text += " in " + stress.Size(v.Written()).String()
	}
	return text
}

// held returns in words what a stressor did, beside what it was meant to.
func held(r stress.Rate) string {
	target, unit := r.Stressor.Units()
	work := humanize.OrDash(r.Work/unit.Size, inUnit("%.0f "+unit.Name))
	if r.Stressor == stress.VM {
		work += " written"
	}
	switch {
	case math.IsNaN(r.Achieved):
		return work
	case math.IsNaN(r.Target):
		return fmt.Sprintf("%.1f %s dirtied, %s", r.Achieved/target.Size, target.Name, work)
	}
	return fmt.Sprintf("%.1f of %.1f %s, %s", r.Achieved/target.Size, r.Target/target.Size, target.Name, work)
}
