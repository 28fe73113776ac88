package simulation

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

// Table shows migrations as they come: a line for each, and on a terminal below them how right the predictions have
// been so far, and how far the run is.
type Table struct {
	live    *terminal.Live
	now     func() time.Time
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

// NewTable returns the table of a run that begins now. Real migrations are told by what was measured of their guests,
// and no seed repeats them.
func NewTable(live *terminal.Live, colored bool, now func() time.Time, run *simulate.Run, ofReal bool) *Table {
	t := &Table{live: live, now: now, colored: colored, total: run.Total, begun: now(), repeats: !ofReal}
	switch {
	case ofReal:
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
		within := m.Prediction.Interval
		return fmt.Sprintf("%s to %s", humanize.Milliseconds(within.Lower), humanize.Milliseconds(within.Upper))
	}},
	{"actual", 11, func(m *simulate.Migration) string { return orDash(m.Outcome.DowntimeMS, humanize.Milliseconds) }},
	{"total", 9, func(m *simulate.Migration) string { return orDash(m.Outcome.TotalTimeMS, humanize.Duration) }},
}

// valueOf returns a feature with its unit.
func valueOf(f migration.Feature) func(m *simulate.Migration) string {
	return func(m *simulate.Migration) string {
		if !m.Features.Known().Has(f) {
			return "-"
		}
		return strings.TrimSpace(humanize.Value(m.Features, f) + " " + humanize.Unit(f))
	}
}

// percentOf returns a feature that is a percentage, as a load is told.
func percentOf(f migration.Feature) func(m *simulate.Migration) string {
	return func(m *simulate.Migration) string { return inPercent(m.Features.Get(f) / 100) }
}

// Add writes one more migration; soFar is of all until then, and of it. It returns the first error of writing.
func (t *Table) Add(m *simulate.Migration, soFar *simulate.Accumulator) error {
	t.n++
	if t.groups != nil {
		t.groups.add(m)
	}
	t.live.Keep(t.lines(m))
	t.live.Show(t.footer(soFar)...)
	return t.live.Err()
}

// lines returns the migration's own, with the table's heading above the first.
func (t *Table) lines(m *simulate.Migration) string {
	out := page.New(t.colored, terminal.DefaultWidth)
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
	fmt.Fprintf(out, "  %s\n", verdict(out, m))
	return out.String()
}

// mostSparks is the width of the sparkline of errors.
const mostSparks = 40

// footer returns how right the predictions have been, and how far the run is.
func (t *Table) footer(soFar *simulate.Accumulator) []string {
	if !t.live.Terminal() {
		return nil
	}
	s := soFar.Summary()
	return []string{
		"",
		fmt.Sprintf("off by  %s  %s in the median",
			terminal.Sparkline(soFar.LogErrors(mostSparks), mostSparks), orDash(s.MedianRelativeError, inPercent)),
		fmt.Sprintf("the 90 %% interval held %s, %s switched over",
			orDash(s.Coverage90, inPercent), orDash(s.Converged, inPercent)),
		t.progress(),
	}
}

// progress returns how far the run is, and when it will be over.
func (t *Table) progress() string {
	took := t.now().Sub(t.begun)
	if t.total == 0 {
		return fmt.Sprintf("%d in %s; Ctrl-C ends the run with its summary", t.n, humanize.Duration(inMS(took)))
	}
	done := min(t.n, t.total)
	eta := time.Duration(float64(took) / float64(done) * float64(t.total-done))
	return fmt.Sprintf("%s %d of %d, about %s left",
		terminal.Bar(terminal.BarCells*done/t.total), done, t.total, humanize.Duration(inMS(eta)))
}

// inMS returns a time in ms.
func inMS(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// End removes what was kept up to date. It returns the first error of writing.
func (t *Table) End() error { return t.live.End() }

// Summary writes what the run has come to.
func (t *Table) Summary(p *page.Page, r *simulate.Result) {
	writeGroups(p, t.groups)
	if r.Count > 1 {
		writeSummary(p, r.Summary)
	}
	if t.repeats {
		p.Line("Seed", fmt.Sprintf("%d, which gives these migrations again where the features are the same", r.Seed))
	}
}
