package simulation

import (
	"flag"
	"strings"
	"testing"

	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/page/pagetest"
	"vmmp/pkg/migration"
	"vmmp/pkg/simulate"
)

var _ = flag.Bool("update", false, "write the golden files anew")

// simulated is a run of a machine of which two features are known, beside what the pages of predictions know.
func simulated(t *testing.T, count int) (migration.Features, simulate.Result) {
	given := pagetest.Features(t)
	x := given
	x.Set(migration.MemoryMiB, 16384)
	x.Set(migration.VCPUs, 8)
	number := func(v float64) *float64 { return &v }
	verdict := func(v bool) *bool { return &v }
	runs := []simulate.Migration{
		{
			Outcome: simulate.Outcome{
				DowntimeMS: number(143.2), TotalTimeMS: number(8123.4), TransferredMiB: number(9120.4), Rounds: number(4),
				Status: migration.Completed,
			},
			Error: number(0.091), Verdict: simulate.Verdict{Within25: verdict(true), Held: verdict(true)},
		},
		{Outcome: simulate.Outcome{TotalTimeMS: number(600_000), TransferredMiB: number(1_234_567), Rounds: number(30), Status: migration.NotConverged}},
		{
			Outcome: simulate.Outcome{
				DowntimeMS: number(7.25), TotalTimeMS: number(412), TransferredMiB: number(0.4), Rounds: number(1), Status: migration.Completed,
			},
			Error: number(20.55), Verdict: simulate.Verdict{Within25: verdict(false), Held: verdict(false)},
		},
	}
	r := simulate.Result{Seed: 1234567890, Count: count}
	for i := range count {
		m := runs[i%len(runs)]
		m.Features, m.Prediction = x, pagetest.Prediction()
		r.Simulations = append(r.Simulations, m)
	}
	r.Summary = simulate.Summarise(r.Simulations)
	return given, r
}

func TestSimulationPage(t *testing.T) {
	for name, count := range map[string]int{"simulation-one": 1, "simulation": 23} {
		pagetest.Golden(t, name, func(p *page.Page) {
			given, r := simulated(t, count)
			Page(p, given, &r)
		})
	}
}

func TestSimulationOfWhichNoneConverged(t *testing.T) {
	given, r := simulated(t, 3)
	r.Simulations = []simulate.Migration{r.Simulations[1], r.Simulations[1]}
	r.Count, r.Summary = 2, simulate.Summarise(r.Simulations)
	out := page.New(false, 80)
	Page(out, given, &r)
	if _, sum, found := strings.Cut(out.String(), "\nIn sum\n"); !found || sum != "Switched over       0 %, predicted 97 %\n" {
		t.Errorf("in sum: %q", sum)
	}
}

// The table of runs needs 80 columns, as those of a training do.
func TestSimulationFits(t *testing.T) {
	given, r := simulated(t, 23)
	pagetest.Fits(t, 80, func(p *page.Page) { Page(p, given, &r) })
}
