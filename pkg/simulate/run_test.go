package simulate

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"vmmp/pkg/migration"
)

// finished is what came of a request.
func finished(t *testing.T, r Request) (*Run, Result) {
	t.Helper()
	r.Keep = true
	run, err := r.Begin(t.Context(), newOracle())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range run.Migrations() {
		if err != nil {
			t.Fatal(err)
		}
	}
	return run, run.Result()
}

func TestRunOfEachMode(t *testing.T) {
	machine := vm()
	machine.Set(migration.NetworkBandwidth, 1000)
	measured := 0
	measure := func(context.Context) (migration.Features, error) { measured++; return machine, nil }
	var given migration.Features
	given.Set(migration.CPULoad, 5)
	rows := []migration.Record{{Group: "web-1", Features: vm(), Outcome: completed(123.5)}, {Outcome: migration.UnknownOutcome()}}
	for name, c := range map[string]struct {
		r                      Request
		mode                   Mode
		count, total, measured int
		first                  string
	}{
		"nothing said":    {Request{Count: 2}, Single, 2, 2, 1, ""},
		"a scenario":      {Request{Count: 3, Scenarios: []string{"database"}}, Stress, 3, 3, 0, "database"},
		"all scenarios":   {Request{Mode: Stress, Count: 2}, Stress, 54, 54, 0, "cpu-stress"},
		"rows":            {Request{Mode: Replay, Rows: rows}, Replay, 2, 2, 0, "web-1"},
		"a fleet":         {Request{Mode: OfFleet, Count: 4}, OfFleet, 4, 4, 0, fleetVMs(7, 1)[0].Name},
		"a number":        {Request{Mode: Continuous, Count: 3, Interval: time.Second}, Continuous, 3, 3, 3, ""},
		"for a time":      {Request{Mode: Continuous, Count: 1, Endless: true, Interval: time.Second, Duration: 2500 * time.Millisecond}, Continuous, 3, 3, 3, ""},
		"of real ones":    {Request{Count: MaxCount + 1, Backend: script{outcomes: make([]migration.Outcome, MaxCount+1)}}, Single, MaxCount + 1, MaxCount + 1, 1, ""},
		"for a real time": {Request{Mode: Continuous, Count: 1, Endless: true, Interval: time.Second, Duration: time.Second, Backend: script{outcomes: make([]migration.Outcome, 2)}}, Continuous, 2, 0, 2, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			measured = 0
			c.r.Seed, c.r.Measure, c.r.Given = 7, measure, given
			run, got := finished(t, c.r)
			if got.Mode != c.mode || got.Count != c.count || run.Total != c.total || measured != c.measured || got.Seed != 7 {
				t.Errorf("%s: mode %s, %d migrations of %d, measured %d times", name, got.Mode, got.Count, run.Total, measured)
			}
			m := got.Simulations[0]
			if m.Name != c.first || c.mode != OfFleet && m.Features.Get(migration.CPULoad) != 5 {
				t.Errorf("%s: the first is %q: %v", name, m.Name, m.Features)
			}
			if c.measured > 0 != got.Host.Equal(machine) || c.measured > 0 && m.Features.Get(migration.NetworkBandwidth) != 1000 {
				t.Errorf("%s: the host is %v, the VM %v", name, got.Host, m.Features)
			}
			if c.mode == Replay && (*m.Outcome.DowntimeMS != 123.5 || got.Simulations[1].Name != "row 2" || got.Simulations[1].Record().Source != migration.SourcePrecopy) {
				t.Errorf("rows became %+v", got.Simulations)
			}
		})
	}
}

// A fleet's migrations are those of its report, unless a back end is to make them.
func TestRunOfAFleet(t *testing.T) {
	_, own := finished(t, Request{Mode: OfFleet, Count: 200, Seed: 3})
	report, err := RunFleet(t.Context(), newOracle(), FleetRequest{Count: 200, Seed: 3})
	if err != nil || own.Summary.Downtime == nil || *own.Summary.Downtime != *report.Downtime {
		t.Errorf("downtimes %+v, those of the report %+v, error %v", own.Summary.Downtime, report.Downtime, err)
	}
	_, anew := finished(t, Request{Mode: OfFleet, Count: 200, Seed: 3, Backend: Physics{}})
	if anew.Simulations[0].Name != own.Simulations[0].Name || *anew.Summary.Downtime == *own.Summary.Downtime {
		t.Error("the back end did not migrate the fleet anew")
	}
}

func TestRunThatCannotBegin(t *testing.T) {
	deaf := errors.New("no counters")
	measure := func(context.Context) (migration.Features, error) { return migration.Features{}, deaf }
	if _, err := (Request{Count: 1, Measure: measure}).Begin(t.Context(), newOracle()); !errors.Is(err, deaf) || err.Error() != "no counters" {
		t.Errorf("error %v", err)
	}
	_, err := Request{}.Begin(t.Context(), newOracle())
	if got := faults(t, err); got[0].Location != "count" {
		t.Errorf("faults %v", got)
	}
}

// Whoever is told of a migration knows it before anybody sees it, and one that cannot be told is not counted.
func TestRunIsReported(t *testing.T) {
	full := errors.New("no space left")
	var told []migration.Record
	r := Request{Count: 3, Given: vm(), Report: func(_ context.Context, records []migration.Record) error {
		if told = append(told, records...); len(told) == 3 {
			return full
		}
		return nil
	}}
	run, err := r.Begin(t.Context(), newOracle())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for m, err := range run.Migrations() {
		if n++; len(told) != n || n < 3 && err != nil || n == 3 && !errors.Is(err, full) {
			t.Errorf("migration %d: %d told, error %v", n, len(told), err)
		}
		if last := told[n-1]; last.PredictionID != "p1.x" || !last.At.Equal(m.At) || last.At.IsZero() {
			t.Errorf("told %+v", last)
		}
	}
	if got := run.Result(); got.Count != 2 || got.Simulations != nil {
		t.Errorf("%d counted, %d kept", got.Count, len(got.Simulations))
	}
}
