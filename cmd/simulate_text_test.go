package cmd

import (
	"strings"
	"testing"

	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/page/pagetest"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
	"vmmp/pkg/simulate"
)

// known are the features of the pages below.
func known(t *testing.T) migration.Features {
	t.Helper()
	var x migration.Features
	for f, text := range map[migration.Feature]string{
		migration.CPULoad: "75", migration.MemoryUsage: "68.123456", migration.NetworkBandwidth: "10000",
		migration.DirtyRate: "0.000012345", migration.AutoConverge: "true", migration.TimeoutS: "90",
		migration.DirtyCurve: "0.1:3.4,0.3:8,1:12,3:20,10:40,30:55",
	} {
		if err := x.Parse(f, text, curveSeparator); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

func plainPrediction() prediction.Prediction {
	return prediction.Prediction{
		PredictedDowntime: 156.23, Confidence: 0.87, Status: "success",
		Interval:             prediction.Interval{Lower: 121, Upper: 204.5, Level: 0.9},
		PredictedTotalTimeMS: 8120.4, ConvergenceProbability: 0.97, Support: prediction.Measured,
	}
}

// simulation is one of a machine of which two features are known, beside what the
// pages of predictions know.
func simulation(t *testing.T, count int) (migration.Features, simulate.Result) {
	given := known(t)
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
			Error: number(0.091), Hit: verdict(true), Within25: verdict(true),
		},
		{Outcome: simulate.Outcome{TotalTimeMS: number(600_000), TransferredMiB: number(1_234_567), Rounds: number(30), Status: migration.NotConverged}},
		{
			Outcome: simulate.Outcome{
				DowntimeMS: number(7.25), TotalTimeMS: number(412), TransferredMiB: number(0.4), Rounds: number(1), Status: migration.Completed,
			},
			Error: number(20.55), Hit: verdict(false), Within25: verdict(false),
		},
	}
	r := simulate.Result{Seed: 1234567890, Count: count}
	for i := range count {
		m := runs[i%len(runs)]
		m.Features, m.Prediction = x, plainPrediction()
		r.Simulations = append(r.Simulations, m)
	}
	r.Summary = simulate.Summarise(r.Simulations)
	return given, r
}

func TestSimulationPage(t *testing.T) {
	for name, count := range map[string]int{"simulation-one": 1, "simulation": 23} {
		pagetest.Golden(t, name, func(p *page.Page) { (&simulationPage{p}).simulation(simulation(t, count)) })
	}
}

func TestSimulationOfWhichNoneConverged(t *testing.T) {
	given, r := simulation(t, 3)
	r.Simulations = []simulate.Migration{r.Simulations[1], r.Simulations[1]}
	r.Count, r.Summary = 2, simulate.Summarise(r.Simulations)
	page := simulationPage{page.New(false, 80)}
	page.simulation(given, r)
	if _, sum, found := strings.Cut(page.String(), "\nIn sum\n"); !found || sum != "Switched over       0 %, predicted 97 %\n" {
		t.Errorf("in sum: %q", sum)
	}
}

// The table of runs needs 80 columns, as those of a training do.
func TestSimulationFits(t *testing.T) {
	given, r := simulation(t, 23)
	pagetest.Fits(t, 80, func(p *page.Page) { (&simulationPage{p}).simulation(given, r) })
}
