package simulate

import (
	"context"
	"errors"
	"iter"
	"math"
	"testing"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// vm is a VM of which the required features are known.
func vm() migration.Features {
	var x migration.Features
	x.Set(migration.CPULoad, 75)
	x.Set(migration.MemoryUsage, 68)
	return x
}

// oracle predicts the same of every VM, and remembers what it was asked.
type oracle struct {
	prediction prediction.Prediction
	err        error // of every answer
	asked      []migration.Features
}

func newOracle() *oracle {
	return &oracle{prediction: prediction.Prediction{
		PredictedDowntime: 100, Confidence: 0.6, Status: "success", Interval: prediction.Interval{Lower: 50, Upper: 200, Level: 0.9},
		ConvergenceProbability: 0.8, Support: prediction.Site, PredictionID: "p1.x", Warnings: []string{}, Hints: []string{},
		PredictedTotalTimeMS: 2000,
	}}
}

func (o *oracle) Predict(_ context.Context, x migration.Features) (prediction.Prediction, error) {
	o.asked = append(o.asked, x)
	return o.prediction, o.err
}

// script is a back end with given outcomes, the seed as total time; after them it fails, or waits for the end of ctx
// if it has no error.
type script struct {
	outcomes []migration.Outcome
	err      error
	measured []migration.Features // what it learns of the dirty rate of each VM, by itself
}

func (s script) Check(x migration.Features) migration.Faults { return Physics{}.Check(x) }

func (s script) Migrate(ctx context.Context, vms VMs, seed uint64) iter.Seq2[migration.Record, error] {
	return func(yield func(migration.Record, error) bool) {
		i := 0
		for vm, err := range vms {
			var r migration.Record
			if err == nil {
				r, err = s.migrate(ctx, vm, i, seed)
			}
			if !yield(r, err) || err != nil {
				return
			}
			i++
		}
	}
}

// migrate is migration i of the script.
func (s script) migrate(ctx context.Context, vm VM, i int, seed uint64) (migration.Record, error) {
	if i >= len(s.outcomes) {
		if s.err == nil {
			<-ctx.Done()
			return migration.Record{}, ctx.Err()
		}
		return migration.Record{}, s.err
	}
	r := migration.Record{Features: vm.Features, Outcome: s.outcomes[i], Group: vm.Name}
	r.Outcome.TotalTimeMS = float64(seed)
	if i < len(s.measured) {
		r.Features = r.Features.With(migration.DirtyRate, s.measured[i])
	}
	return r, nil
}

// completed paused for so many ms.
func completed(ms float64) migration.Outcome {
	o := migration.UnknownOutcome()
	o.DowntimeMS, o.Status = ms, migration.Completed
	return o
}

// givenUp did not converge.
func givenUp() migration.Outcome {
	o := migration.UnknownOutcome()
	o.Status = migration.NotConverged
	return o
}

func equal(t *testing.T, what string, got *float64, want float64) {
	t.Helper()
	if got == nil || math.Abs(*got-want) > 1e-12 {
		t.Errorf("%s is %v, want %g", what, show(got), want)
	}
}

func show(v *float64) any {
	if v == nil {
		return "null"
	}
	return *v
}

// faults are those of an error, which must have some.
func faults(t *testing.T, err error) migration.Faults {
	t.Helper()
	var fs migration.Faults
	if !errors.As(err, &fs) {
		t.Fatalf("the error is no list of faults: %v", err)
	}
	return fs
}
