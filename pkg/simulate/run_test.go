package simulate

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
)

func TestRunSetsThePredictionBesideEachOutcome(t *testing.T) {
	o := newOracle()
	outcomes := []migration.Outcome{completed(100), completed(400), givenUp(), completed(0)}
	r, err := Run(t.Context(), o, script{outcomes: outcomes}, Request{Features: vm(), Count: 4, Seed: 7, Ask: model.Ask{Explain: true}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Seed != 7 || r.Count != 4 || len(r.Simulations) != 4 || r.Summary.Count != 4 {
		t.Errorf("seed %d, count %d, %d simulations, summary of %d", r.Seed, r.Count, len(r.Simulations), r.Summary.Count)
	}
	if len(o.asked) != 1 || !o.asked[0].Equal(vm()) || !o.asks[0].Explain {
		t.Errorf("asked %v with %v, want once of the VM, to explain", o.asked, o.asks)
	}
	for i, m := range r.Simulations {
		if !m.Features.Equal(vm()) || m.Prediction.PredictionID != "p1.x" || *m.Outcome.TotalTimeMS != 7 {
			t.Errorf("migration %d is of %v, predicted %q, took %v ms", i, m.Features, m.Prediction.PredictionID, *m.Outcome.TotalTimeMS)
		}
	}
	exact, far, up, instant := r.Simulations[0], r.Simulations[1], r.Simulations[2], r.Simulations[3]
	equal(t, "error of an exact prediction", exact.Error, 0)
	equal(t, "error of a quarter of the pause", far.Error, 0.75)
	equal(t, "error of no pause at all", instant.Error, 999)
	if !*exact.Hit || !*exact.Within25 || *far.Hit || *far.Within25 || *instant.Hit {
		t.Errorf("verdicts: exact %v %v, far %v %v", *exact.Hit, *exact.Within25, *far.Hit, *far.Within25)
	}
	if up.Error != nil || up.Hit != nil || up.Within25 != nil || up.Outcome.DowntimeMS != nil || up.Outcome.Status != migration.NotConverged {
		t.Errorf("a migration that was given up: %+v", up)
	}
}

func TestRunPredictsAnewWhatTheBackEndMeasuresAnew(t *testing.T) {
	var slow, fast migration.Features
	slow.Set(migration.DirtyRate, 1)
	fast.Set(migration.DirtyRate, 90)
	o := newOracle()
	b := script{outcomes: []migration.Outcome{completed(1), completed(2), completed(3)}, measured: []migration.Features{slow, fast, fast}}
	r, err := Run(t.Context(), o, b, Request{Features: vm(), Count: 3})
	if err != nil {
		t.Fatal(err)
	}
	if len(o.asked) != 2 {
		t.Errorf("asked %d times of two VMs", len(o.asked))
	}
	for i, want := range []float64{1, 90, 90} {
		if got := r.Simulations[i].Features.Get(migration.DirtyRate); got != want {
			t.Errorf("migration %d: dirty rate %g, want %g", i, got, want)
		}
	}
}

func TestRunRefusesTheImpossible(t *testing.T) {
	hot := vm()
	hot.Set(migration.CPULoad, 101)
	for name, test := range map[string]struct {
		request Request
		want    []string
	}{
		"no migration":    {Request{Features: vm()}, []string{"count must be 1 to 1000 migrations"}},
		"too many":        {Request{Features: vm(), Count: MaxCount + 1}, []string{"count must be"}},
		"a negative":      {Request{Features: vm(), Count: -1}, []string{"count must be"}},
		"nothing known":   {Request{Count: 1}, []string{"cpu_load is required", "memory_usage is required"}},
		"out of bounds":   {Request{Features: hot, Count: 1}, []string{"cpu_load must be 0 to 100 %"}},
		"all at once":     {Request{Features: hot}, []string{"cpu_load must be", "count must be"}},
		"of a silent one": {Request{Features: migration.Features{}, Host: hot.Only(migration.Of(migration.MemoryUsage)), Count: 1}, []string{"cpu_load is required"}},
	} {
		o := newOracle()
		result, err := Run(t.Context(), o, script{}, test.request)
		told := faults(t, err)
		if len(told) != len(test.want) || len(o.asked) > 0 || result.Simulations != nil {
			t.Fatalf("%s: %v, asked %d times, %d simulations", name, told, len(o.asked), len(result.Simulations))
		}
		for i, want := range test.want {
			if got := told[i].Location + " " + told[i].Message; !strings.HasPrefix(got, want) {
				t.Errorf("%s: fault %d is %q, want %q", name, i, got, want)
			}
		}
	}
	if _, err := Run(t.Context(), newOracle(), Physics{}, Request{Features: vm(), Count: MaxCount}); err != nil {
		t.Errorf("%d migrations: %v", MaxCount, err)
	}
}

func TestRunTellsWhatTheBackEndFailedOf(t *testing.T) {
	broken := errors.New("no QEMU here")
	result, err := Run(t.Context(), newOracle(), script{outcomes: []migration.Outcome{completed(9)}, err: broken}, Request{Features: vm(), Count: 2})
	if !errors.Is(err, broken) || err.Error() != "simulate migrations: no QEMU here" || result.Simulations != nil {
		t.Errorf("error %v with %d simulations", err, len(result.Simulations))
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, b := range map[string]Backend{"physics": Physics{}, "another": script{}} {
		result, err := Run(ended, newOracle(), b, Request{Features: vm(), Count: 3})
		if !errors.Is(err, context.Canceled) || result.Simulations != nil {
			t.Errorf("%s: error %v with %d simulations", name, err, len(result.Simulations))
		}
	}
}

func TestStreamYieldsEachMigrationBeforeTheNext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var downtimes []float64
	for m, err := range Stream(ctx, newOracle(), script{outcomes: []migration.Outcome{completed(1), completed(2)}}, Request{Features: vm(), Count: 3}) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			break
		}
		if downtimes = append(downtimes, *m.Outcome.DowntimeMS); len(downtimes) == 2 {
			cancel() // the third would wait for ever
		}
	}
	if !cmp.Equal(downtimes, []float64{1, 2}) {
		t.Errorf("downtimes %v", downtimes)
	}
	for _, err := range Stream(t.Context(), newOracle(), Physics{}, Request{Features: vm(), Count: 3}) {
		if err != nil {
			t.Error(err)
		}
		break // nothing may be yielded after that
	}
}

func TestTheHostFillsWhatIsNotGiven(t *testing.T) {
	var machine, given migration.Features
	for f := range measurable.All() {
		machine.Set(f, 50)
	}
	machine.Set(migration.DowntimeLimitMS, 5) // none of a machine's business
	given.Set(migration.CPULoad, 75)
	given.Set(migration.DirtyRate, 10)

	result, err := Run(t.Context(), newOracle(), Physics{}, Request{Features: given, Host: machine, Count: 1})
	if err != nil {
		t.Fatal(err)
	}
	x := result.Simulations[0].Features
	if x.Get(migration.CPULoad) != 75 || x.Get(migration.VCPUs) != 50 || x.Get(migration.DirtyRate) != 10 {
		t.Errorf("migrated %v", x)
	}
	if want := measurable | migration.Of(migration.DirtyRate); x.Known() != want {
		t.Errorf("knew %v, want %v", x.Known(), want)
	}
	if !result.Host.Equal(machine) {
		t.Errorf("the host is told as %v", result.Host)
	}
}

func TestWanted(t *testing.T) {
	resident := migration.Of(migration.ResidentMiB)
	for _, test := range []struct{ given, want migration.Set }{
		{0, measurable},
		{migration.Of(migration.TimeoutS, migration.DirtyCurve), measurable},
		{migration.Of(migration.CPULoad), measurable &^ migration.Of(migration.CPULoad)},
		{migration.Of(migration.MemoryMiB), measurable &^ migration.Of(migration.MemoryMiB) &^ resident},
		{migration.Of(migration.MemoryUsage), measurable &^ migration.Of(migration.MemoryUsage) &^ resident},
		{measurable &^ resident, 0},
		{migration.Everything, 0},
	} {
		if got := Wanted(test.given); got != test.want {
			t.Errorf("given %v: wanted %v, want %v", test.given, got, test.want)
		}
	}
}

// A line of `simulate -o ndjson` has these fields and no more, null where unknown.
func TestMigrationJSON(t *testing.T) {
	o := newOracle()
	for name, test := range map[string]struct {
		outcome migration.Outcome
		want    string
	}{
		"switched over": {completed(80), `"outcome":{"downtime_ms":80,"total_time_ms":null,"transferred_mib":null,"rounds":null,"status":"completed"},"error":0.25,"hit":true,"within_25_percent":true}`},
		"given up":      {givenUp(), `"outcome":{"downtime_ms":null,"total_time_ms":null,"transferred_mib":null,"rounds":null,"status":"not_converged"},"error":null,"hit":null,"within_25_percent":null}`},
	} {
		text, err := json.Marshal(newMigration(o.prediction, migration.Record{Features: vm(), Outcome: test.outcome}))
		if err != nil {
			t.Fatal(err)
		}
		prediction, err := json.Marshal(o.prediction)
		if err != nil {
			t.Fatal(err)
		}
		want := `{"features":{"cpu_load":75,"memory_usage":68},"prediction":` + string(prediction) + `,` + test.want
		if string(text) != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, text, want)
		}
	}
}

func TestRecordIsWhatTheBackEndTold(t *testing.T) {
	equateNaN := cmp.Comparer(func(a, b float64) bool { return a == b || a != a && b != b })
	for _, o := range []migration.Outcome{completed(80), givenUp(), {DowntimeMS: 1, TotalTimeMS: 2, TransferredMiB: 3, Rounds: 4, Status: migration.Completed}} {
		m := newMigration(newOracle().prediction, migration.Record{Features: vm(), Outcome: o, Source: migration.SourceLab})
		r := m.Record()
		if diff := cmp.Diff(o, r.Outcome, equateNaN); diff != "" || !r.Features.Equal(vm()) || r.Source != migration.SourceLab || r.PredictionID != "p1.x" {
			t.Errorf("recorded %+v: %s", r, diff)
		}
	}
}

func TestNewSeedIsShortAndAnother(t *testing.T) {
	seen := map[uint64]bool{}
	for range 8 {
		seed := NewSeed()
		if seed >= 1<<32 {
			t.Errorf("seed %d is not below 2^32", seed)
		}
		seen[seed] = true
	}
	if len(seen) < 2 { // all eight alike: one in 2^224
		t.Error("every seed is the same")
	}
}
