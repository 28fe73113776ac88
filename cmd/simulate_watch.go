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

// watch shows migrations as they come: a line for each, and on a terminal below them
// how right the predictions have been so far, and how far the run is.
type watch struct {
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

func newWatch(e *env, r *staged, o SimulateOptions) *watch {
	w := &watch{e: e, live: e.newLive(), colored: e.colored(), total: r.total, begun: e.now(), repeats: o.backend != backendQEMU}
	switch {
	case o.backend == backendQEMU:
		w.columns = labColumns
	case r.mode == simulate.Continuous || r.mode == simulate.Single:
		w.columns = machineColumns
	default:
		w.columns = namedColumns
		w.groups = groups{}
	}
	w.columns = append(slices.Clone(w.columns), outcomeColumns...)
	return w
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

// take implements audience.
func (w *watch) take(m *simulate.Migration, soFar *simulate.Tally) error {
	w.n++
	if w.groups != nil {
		w.groups.add(m)
	}
	w.live.Keep(w.lines(m))
	w.live.Show(w.footer(soFar)...)
	return wrapWrite(w.live.Err())
}

// lines are the migration's own, with the table's heading above the first.
func (w *watch) lines(m *simulate.Migration) string {
	t := simulationPage{page.New(w.colored, terminal.DefaultWidth)}
	if w.n == 1 {
		fmt.Fprintf(t, "%5s", "")
		for _, c := range w.columns {
			fmt.Fprintf(t, "%*s", c.width, c.heading)
		}
		fmt.Fprintln(t, "  prediction")
	}
	fmt.Fprintf(t, "%5d", w.n)
	for _, c := range w.columns {
		fmt.Fprintf(t, "%*s", c.width, c.cell(m))
	}
	fmt.Fprintf(t, "  %s\n", t.verdict(m))
	return t.String()
}

// mostSparks is the width of the sparkline of errors.
const mostSparks = 40

// footer says how right the predictions have been, and how far the run is.
func (w *watch) footer(soFar *simulate.Tally) []string {
	if !w.live.Terminal() {
		return nil
	}
	s := soFar.Summary()
	return []string{
		"",
		fmt.Sprintf("off by  %s  %s in the median", terminal.Sparkline(soFar.LogErrors(mostSparks), mostSparks), orDash(s.MedianRelativeError, inPercent)),
		fmt.Sprintf("the 90 %% interval held %s, %s switched over", orDash(s.Coverage90, inPercent), orDash(s.Converged, inPercent)),
		w.progress(),
	}
}

// progress says how far the run is, and when it will be over.
func (w *watch) progress() string {
	took := w.e.now().Sub(w.begun)
	if w.total == 0 {
		return fmt.Sprintf("%d in %s; Ctrl-C ends the run with its summary", w.n, humanize.Duration(inMS(took)))
	}
	done := min(w.n, w.total)
	filled := terminal.BarCells * done / w.total
	eta := time.Duration(float64(took) / float64(done) * float64(w.total-done))
	return fmt.Sprintf("%s %d of %d, about %s left", terminal.Bar(filled), done, w.total, humanize.Duration(inMS(eta)))
}

func inMS(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// end implements audience: it leaves the summary in place of what was kept up to date.
func (w *watch) end(r *simulate.Result) error {
	if err := wrapWrite(w.live.End()); err != nil {
		return err
	}
	return w.e.writePage(func(p *page.Page) {
		t := &simulationPage{p}
		t.groups(w.groups)
		if r.Count > 1 {
			t.inSum(r.Summary)
		}
		if w.repeats {
			t.Line("Seed", fmt.Sprintf("%d, which gives these migrations again where the features are the same", r.Seed))
		}
	})
}

// groups sum up the migrations of each name.
type groups map[string]*group

type group struct {
	order int
	name  string
	first simulate.Migration
	tally simulate.Tally
}

// mostGroups bounds the names that are summed up: beyond it they are rows of a file,
// not scenarios.
const mostGroups = 50

func (g groups) add(m *simulate.Migration) {
	one := g[m.Name]
	if one == nil && len(g) <= mostGroups {
		one = &group{order: len(g), name: m.Name, first: *m}
		g[m.Name] = one
	}
	if one != nil {
		one.tally.Add(m)
	}
}

// sorted are the groups in the order of their first migrations; none where that would
// say nothing new.
func (g groups) sorted() []*group {
	all := make([]*group, len(g))
	several := false
	for _, one := range g {
		all[one.order] = one
		several = several || one.tally.Summary().Count > 1
	}
	if !several || len(g) < 2 || len(g) > mostGroups {
		return nil
	}
	return all
}

// groups writes a line for each group.
func (t *simulationPage) groups(g groups) {
	sorted := g.sorted()
	if sorted == nil {
		return
	}
	t.Section("By name")
	fmt.Fprintf(t, "  %-20s%6s%10s%12s%10s%16s\n", "", "runs", "converge", "median", "off by", "interval held")
	for _, one := range sorted {
		s := one.tally.Summary()
		middle := "-"
		if s.Downtime != nil {
			middle = humanize.Milliseconds(s.Downtime.Median)
		}
		fmt.Fprintf(t, "  %s%6d%10s%12s%10s%16s\n", terminal.Pad(clipped(one.name, 19), 20), s.Count, orDash(s.Converged, inPercent), middle,
			orDash(s.MedianRelativeError, inPercent), orDash(s.Coverage90, inPercent))
	}
}
