package cmd

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vmmp/cmd/internal/humanize"
	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/terminal"
	"vmmp/pkg/migration"
	"vmmp/pkg/simulate"
)

// simulationTable shows migrations as they come: a line for each, and on a terminal below them
// how right the predictions have been so far, and how far the run is.
type simulationTable struct {
	e       *env
	live    *terminal.Live
	colored bool
	columns []column
	begun   time.Time
	total   int
	n       int
	repeats bool   // the same seed gives the same migrations
	groups  groups // of scenarios
}

// column is one of the table.
type column struct {
	heading string
	width   int
	cell    func(m *simulate.Migration) string
}

func newSimulationTable(e *env, run *simulate.Run, real bool) *simulationTable {
	t := &simulationTable{e: e, live: e.newLive(), colored: e.colored(), total: run.Total, begun: e.now(), repeats: !real}
	switch {
	case real:
		t.columns = labColumns
	case run.Mode == simulate.Continuous || run.Mode == simulate.Single:
		t.columns = machineColumns
	default:
		t.columns = namedColumns
		t.groups = groups{}
	}
	t.columns = append(slices.Clone(t.columns), outcomeColumns...)
	return t
}

// What tells a migration from the others.
var (
	machineColumns = []column{
		{"at", 10, func(m *simulate.Migration) string { return m.At.Format(time.TimeOnly) }},
		{"CPU", 8, percentOf(migration.CPULoad)},
		{"memory", 8, percentOf(migration.MemoryUsage)},
	}
	namedColumns = []column{{"", 20, func(m *simulate.Migration) string { return clipped(m.Name, 18) }}}
	labColumns   = []column{
		{"RAM", 10, valueOf(migration.MemoryMiB)},
		{"link", 10, valueOf(migration.NetworkBandwidth)},
		{"dirty rate", 12, valueOf(migration.DirtyRate)},
	}
)

// outcomeColumns say what was predicted, and what came of it.
var outcomeColumns = []column{
	{"predicted", 11, func(m *simulate.Migration) string { return humanize.Milliseconds(m.Prediction.PredictedDowntime) }},
	{"90 % interval", 20, func(m *simulate.Migration) string {
		return fmt.Sprintf("%s to %s", humanize.Milliseconds(m.Prediction.Interval.Lower), humanize.Milliseconds(m.Prediction.Interval.Upper))
	}},
	{"actual", 11, func(m *simulate.Migration) string { return orDash(m.Outcome.DowntimeMS, humanize.Milliseconds) }},
	{"total", 9, func(m *simulate.Migration) string { return orDash(m.Outcome.TotalTimeMS, humanize.Duration) }},
}

// valueOf is a feature with its unit.
func valueOf(f migration.Feature) func(m *simulate.Migration) string {
	return func(m *simulate.Migration) string {
		if !m.Features.Known().Has(f) {
			return "-"
		}
		return strings.TrimSpace(humanize.Value(m.Features, f) + " " + humanize.Unit(f))
	}
}

// percentOf is a feature that is a percentage, as a load is told.
func percentOf(f migration.Feature) func(m *simulate.Migration) string {
	return func(m *simulate.Migration) string { return inPercent(m.Features.Get(f) / 100) }
}

// clipped is a name cut to so many characters.
func clipped(name string, most int) string {
	if r := []rune(name); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return name
}

// add implements simulationView.
func (t *simulationTable) add(m *simulate.Migration, soFar *simulate.Accumulator) error {
	t.n++
	if t.groups != nil {
		t.groups.add(m)
	}
	t.live.Keep(t.lines(m))
	t.live.Show(t.footer(soFar)...)
	return wrapWrite(t.live.Err())
}

// lines are the migration's own, with the table's heading above the first.
func (t *simulationTable) lines(m *simulate.Migration) string {
	out := &text{page.New(t.colored, terminal.DefaultWidth)}
	if t.n == 1 {
		fmt.Fprintf(out, "%5s", "")
		for _, c := range t.columns {
			fmt.Fprintf(out, "%*s", c.width, c.heading)
		}
		fmt.Fprintln(out, "  prediction")
	}
	fmt.Fprintf(out, "%5d", t.n)
	for _, c := range t.columns {
		fmt.Fprintf(out, "%*s", c.width, c.cell(m))
	}
	fmt.Fprintf(out, "  %s\n", out.verdict(m))
	return out.String()
}

// mostSparks is the width of the sparkline of errors.
const mostSparks = 40

// footer says how right the predictions have been, and how far the run is.
func (t *simulationTable) footer(soFar *simulate.Accumulator) []string {
	if !t.live.Terminal() {
		return nil
	}
	s := soFar.Summary()
	return []string{
		"",
		fmt.Sprintf("off by  %s  %s in the median", terminal.Sparkline(soFar.LogErrors(mostSparks), mostSparks), orDash(s.MedianRelativeError, inPercent)),
		fmt.Sprintf("the 90 %% interval held %s, %s switched over", orDash(s.Coverage90, inPercent), orDash(s.Converged, inPercent)),
		t.progress(),
	}
}

// progress says how far the run is, and when it will be over.
func (t *simulationTable) progress() string {
	took := t.e.now().Sub(t.begun)
	if t.total == 0 {
		return fmt.Sprintf("%d in %s; Ctrl-C ends the run with its summary", t.n, humanize.Duration(inMS(took)))
	}
	done := min(t.n, t.total)
	eta := time.Duration(float64(took) / float64(done) * float64(t.total-done))
	return fmt.Sprintf("%s %d of %d, about %s left", terminal.Bar(terminal.BarCells*done/t.total), done, t.total, humanize.Duration(inMS(eta)))
}

func inMS(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// end implements simulationView: it leaves the summary in place of what was kept up to date.
func (t *simulationTable) end(r *simulate.Result) error {
	if err := t.live.End(); err != nil {
		return wrapWrite(err)
	}
	return t.e.writePage(func(p *page.Page) {
		out := &text{p}
		out.byName(t.groups)
		if r.Count > 1 {
			out.inSum(r.Summary)
		}
		if t.repeats {
			p.Line("Seed", fmt.Sprintf("%d, which gives these migrations again where the features are the same", r.Seed))
		}
	})
}
