package estimate

import (
	"fmt"
	"math"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/precopy"
)

// hypotheses are how the guest may dirty beside what was measured of it: as measured, twice as fast, as some sites'
// guests do while they are moved, and as real workloads do where no more than a rate is known. Which of them a case is
// nearer to, the forest learns.
var hypotheses = [...]struct {
	name string
	precopy.Hypothesis
}{
	{"known", precopy.Hypothesis{Factor: 1, Shape: precopy.AsKnown}},
	{"twice", precopy.Hypothesis{Factor: 2, Shape: precopy.AsKnown}},
	{"reuse", precopy.Hypothesis{Factor: 1, Shape: precopy.Reuse}},
}

// layouts are where else than the analytic model believes the guest's zeros may lie.
var layouts = [...]struct {
	name  string
	zeros precopy.Zeros
}{{"zeros_nowhere", precopy.ZerosNowhere}, {"zeros_as_booted", precopy.ZerosAsBooted}}

// curveTimes are the windows, in seconds, at which the dirty curve is a column.
var curveTimes = []float64{0.1, 0.3, 1, 3, 10}

// Physics is what the analytic model says of one VM. Numbers it cannot compute are NaN.
type Physics struct {
	Downtime float64 // log ms
	Total    float64 // log ms; where only the first round is known, that
	Computed bool

	analysis precopy.Analysis
	expected [len(hypotheses)]precopy.Expectation
	laidOut  [len(layouts)]float64 // log ms of the downtime
	margin   [len(hypotheses)]float64
	first    float64 // log ms of the first round
}

// Estimate returns what the analytic model says of a quantity, in log ms.
func (p *Physics) Estimate(t evaluate.Target) float64 {
	if t == evaluate.TotalTime {
		return p.Total
	}
	return p.Downtime
}

// column is one input of the forests: how it is named in files, and how it is had from what is known.
type column struct {
	name    string
	value   func(migration.Features, *Physics) float64
	physics bool // it follows from others by what is known of pre-copy
}

// ColumnNames returns the names of the columns, in order.
func ColumnNames() []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// ColumnCount returns the number of columns of a row.
func ColumnCount() int { return len(columns) }

// columns are the inputs of every forest, in order: the known numbers but the timeout, which decides nothing before it
// is over; the canonical dirty curve; how the VM is moved; the physics. Inputs and features are two things: what an
// operator gives is canonicalised first.
var columns = makeColumns()

func makeColumns() []column {
	var cs []column
	for _, d := range migration.Definitions[:LearnedCount] {
		if d.Kind != migration.Points && d.Feature != migration.TimeoutS {
			cs = append(cs, column{d.Name, func(x migration.Features, _ *Physics) float64 { return x.Get(d.Feature) }, false})
		}
	}
	for _, t := range curveTimes {
		cs = append(cs, column{fmt.Sprintf("dirty_mib_%gs", t),
			func(x migration.Features, _ *Physics) float64 { return x.Curve().Measured(t) }, false})
	}
	for f := range Methods.All() {
		of := func(x migration.Features, _ *Physics) float64 { return orPlain(x.Get(f)) }
		cs = append(cs, column{f.String(), of, false})
	}
	of := func(name string, value func(*Physics) float64) {
		cs = append(cs, column{name, func(_ migration.Features, p *Physics) float64 { return value(p) }, true})
	}
	of("first_round_log_ms", func(p *Physics) float64 { return p.first })
	of("analytic_log_downtime", func(p *Physics) float64 { return p.when(p.Downtime) })
	of("analytic_log_total_time", func(p *Physics) float64 { return p.when(p.Total) })
	of("analytic_rounds", func(p *Physics) float64 { return p.when(p.analysis.Rounds) })
	for i, layout := range layouts {
		of("analytic_log_downtime_"+layout.name, func(p *Physics) float64 { return p.when(p.laidOut[i]) })
	}
	for i, h := range hypotheses {
		expected := func(name string, value func(precopy.Expectation) float64) {
			of("expected_"+name+"_"+h.name, func(p *Physics) float64 { return p.when(value(p.expected[i])) })
		}
		expected("log_downtime", func(e precopy.Expectation) float64 { return e.LogDowntime })
		expected("spread", func(e precopy.Expectation) float64 { return e.Spread })
		expected("log_total_time", func(e precopy.Expectation) float64 { return e.LogTotal })
		expected("convergence", func(e precopy.Expectation) float64 { return e.Converged })
		of("margin_"+h.name, func(p *Physics) float64 { return p.when(p.margin[i]) })
	}
	cs = append(cs, column{"dirty_over_bandwidth", dirtyOverBandwidth, true}, column{"limit_mib", limitMiB, true})
	return cs
}

// orPlain returns v, or what a plain pre-copy has where it is not known.
func orPlain(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}

// HidePhysics makes the columns of row-major rows unknown that follow from others. No split is ever made by such a
// column, so that a forest grown on the rest may be asked with them.
func HidePhysics(x []float64) {
	for i := range x {
		if columns[i%len(columns)].physics {
			x[i] = math.NaN()
		}
	}
}

// when returns v where the physics can be computed, else unknown.
func (p *Physics) when(v float64) float64 {
	if !p.Computed {
		return math.NaN()
	}
	return v
}

// dirtyOverBandwidth returns how much of a second's bandwidth a second's dirtying takes: above one, rounds cannot
// shrink.
func dirtyOverBandwidth(x migration.Features, _ *Physics) float64 {
	_, round := precopy.Typical.Rates(x)
	return x.Curve().At(1) / round
}

// limitMiB returns what the rounds' bandwidth sends within the downtime limit.
func limitMiB(x migration.Features, _ *Physics) float64 {
	_, round := precopy.Typical.Rates(x)
	return x.Get(migration.DowntimeLimitMS) / 1000 * round
}

// roundMbps returns the bandwidth of the rounds as far as it is known.
func roundMbps(x migration.Features) float64 {
	line, limit := x.Get(migration.NetworkBandwidth), x.Get(migration.BandwidthCap)
	if math.IsNaN(line) || limit < line {
		return limit
	}
	return line
}

// Analyse returns the physics of x at a site.
func Analyse(site *precopy.Site, x migration.Features) Physics {
	nan := math.NaN()
	p := Physics{Downtime: nan, Total: nan, first: nan}
	vm, ok := site.Describe(x)
	if a, known := vm.FirstRound(); known {
		p.first = LogMS(a.TotalTimeMS)
		p.Total = p.first
	}
	if !ok {
		return p
	}
	p.analysis = vm.Expected()
	for i, h := range hypotheses {
		p.expected[i], p.margin[i] = vm.Expect(h.Hypothesis), vm.Margin(h.Hypothesis)
	}
	for i, layout := range layouts {
		p.laidOut[i] = LogMS(vm.Analyse(layout.zeros).DowntimeMS)
	}
	p.Computed = true
	p.Downtime, p.Total = LogMS(p.analysis.DowntimeMS), LogMS(p.analysis.TotalTimeMS)
	return p
}

// AppendRow appends the columns of x to dst.
func AppendRow(dst []float64, x migration.Features, p *Physics) []float64 {
	for _, c := range columns {
		v := c.value(x, p)
		if math.IsInf(v, 0) {
			v = math.NaN()
		}
		dst = append(dst, v)
	}
	return dst
}
