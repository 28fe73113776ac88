package simulate

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/migration"
)

// collect runs to the end, or to the first error, and answers what came of it by then.
func collect(ctx context.Context, p Predictor, b Backend, vms VMs, seed uint64) (Result, error) {
	r := &Run{request: Request{Seed: seed, Keep: true}, migrations: stream(ctx, p, b, vms, seed)}
	for _, err := range r.Migrations() {
		if err != nil {
			return r.Result(), err
		}
	}
	return r.Result(), nil
}

func TestStreamSetsThePredictionBesideEachOutcome(t *testing.T) {
	o := newOracle()
	outcomes := []migration.Outcome{completed(100), completed(400), givenUp(), completed(0)}
	r, err := collect(t.Context(), o, script{outcomes: outcomes}, same(vm(), 4), 7)
	if err != nil {
		t.Fatal(err)
	}
	if r.Seed != 7 || r.Count != 4 || len(r.Simulations) != 4 || r.Summary.Count != 4 {
		t.Errorf("seed %d, count %d, %d simulations, summary of %d", r.Seed, r.Count, len(r.Simulations), r.Summary.Count)
	}
	if len(o.asked) != 1 || !o.asked[0].Equal(vm()) {
		t.Errorf("asked %v, want once of the VM", o.asked)
	}
	for i, m := range r.Simulations {
		if !m.Features.Equal(vm()) || m.Prediction.PredictionID != "p1.x" || *m.Outcome.TotalTimeMS != 7 || m.At.IsZero() {
			t.Errorf("migration %d is of %v, predicted %q, took %v ms", i, m.Features, m.Prediction.PredictionID, *m.Outcome.TotalTimeMS)
		}
	}
	exact, far, up, instant := r.Simulations[0], r.Simulations[1], r.Simulations[2], r.Simulations[3]
	equal(t, "error of an exact prediction", exact.Error, 0)
	equal(t, "error of a quarter of the pause", far.Error, 0.75)
	equal(t, "error of no pause at all", instant.Error, 999)
	if !*exact.Held || !*exact.Within25 || *far.Held || *far.Within25 || *instant.Held {
		t.Errorf("verdicts: exact %v %v, far %v %v", *exact.Held, *exact.Within25, *far.Held, *far.Within25)
	}
	if up.Error != nil || up.Verdict != (Verdict{}) || up.Outcome.DowntimeMS != nil || up.Outcome.Status != migration.NotConverged {
		t.Errorf("a migration that was given up: %+v", up)
	}
}

func TestStreamPredictsAnewWhatTheBackEndMeasuresAnew(t *testing.T) {
	var slow, fast migration.Features
	slow.Set(migration.DirtyRate, 1)
	fast.Set(migration.DirtyRate, 90)
	o := newOracle()
	b := script{outcomes: []migration.Outcome{completed(1), completed(2), completed(3)}, measured: []migration.Features{slow, fast, fast}}
	r, err := collect(t.Context(), o, b, same(vm(), 3), 0)
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

func TestStreamRefusesTheImpossible(t *testing.T) {
	hot := vm()
	hot.Set(migration.CPULoad, 101)
	for name, test := range map[string]struct {
		x    migration.Features
		want []string
	}{
		"nothing known":   {migration.Features{}, []string{"cpu_load is required", "memory_usage is required"}},
		"out of bounds":   {hot, []string{"cpu_load must be 0 to 100 %"}},
		"of a silent one": {fill(migration.Features{}, vm().Only(migration.Of(migration.MemoryUsage))), []string{"cpu_load is required"}},
	} {
		o := newOracle()
		result, err := collect(t.Context(), o, script{}, same(test.x, 1), 0)
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
}

// What was over before an error is in the result.
func TestStreamTellsWhatItFailedOf(t *testing.T) {
	broken := errors.New("no QEMU here")
	one := []migration.Outcome{completed(9)}
	dumb := newOracle()
	dumb.err = broken
	for name, test := range map[string]struct {
		p    Predictor
		b    script
		vms  VMs
		over int
	}{
		"the back end":    {newOracle(), script{outcomes: one, err: broken}, same(vm(), 2), 1},
		"the predictor":   {dumb, script{outcomes: one}, same(vm(), 2), 0},
		"the measurement": {newOracle(), script{outcomes: one}, measured(t.Context(), vm(), func(context.Context) (migration.Features, error) { return vm(), broken }), 0},
	} {
		result, err := collect(t.Context(), test.p, test.b, test.vms, 0)
		if !errors.Is(err, broken) || err.Error() != "simulate migrations: no QEMU here" || len(result.Simulations) != test.over || result.Summary.Count != test.over {
			t.Errorf("%s: error %v with %d simulations", name, err, len(result.Simulations))
		}
	}
}

func TestStreamEndsWithItsContext(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, b := range map[string]Backend{"physics": Physics{}, "another": script{}} {
		result, err := collect(ended, newOracle(), b, same(vm(), 3), 0)
		if !errors.Is(err, context.Canceled) || result.Simulations != nil {
			t.Errorf("%s: error %v with %d simulations", name, err, len(result.Simulations))
		}
	}
}

func TestStreamYieldsEachMigrationBeforeTheNext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var downtimes []float64
	for m, err := range stream(ctx, newOracle(), script{outcomes: []migration.Outcome{completed(1), completed(2)}}, same(vm(), 3), 0) {
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
	for _, err := range stream(t.Context(), newOracle(), Physics{}, same(vm(), 3), 0) {
		if err != nil {
			t.Error(err)
		}
		break // nothing may be yielded after that
	}
}
