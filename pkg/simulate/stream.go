package simulate

import (
	"context"
	"fmt"
	"iter"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

// Predictor answers what is known of a VM. x is valid (migration.Features.Validate) but may lack required features.
type Predictor interface {
	Predict(ctx context.Context, x migration.Features) (prediction.Prediction, error)
}

// Report records what came of migrations, as the history of a running vmmp serve does.
type Report = func(context.Context, []migration.Record) error

// Local is a model in this process as a Predictor.
type Local struct {
	Model   *model.Model
	Options model.Options
}

// Predict implements Predictor; it never fails.
func (l Local) Predict(_ context.Context, x migration.Features) (prediction.Prediction, error) {
	return l.Model.Predict(x, l.Options), nil
}

// stream migrates VMs and yields each as soon as it is over, with its prediction beside it. An error ends the
// sequence: migration.Faults for a VM that cannot be migrated, each with the name of a feature as its location; ctx's
// when ctx ends; or that of the back end, the predictor or vms.
func stream(ctx context.Context, p Predictor, b Backend, vms VMs, seed uint64) iter.Seq2[Migration, error] {
	return func(yield func(Migration, error) bool) {
		for done, err := range predicted(ctx, p, b.Migrate(ctx, checked(b, vms), seed)) {
			if err != nil {
				err = fmt.Errorf("simulate migrations: %w", err)
			}
			if !yield(done, err) || err != nil {
				return
			}
		}
	}
}

// checked ends VMs at the first that the back end cannot migrate.
func checked(b Backend, vms VMs) VMs {
	return func(yield func(VM, error) bool) {
		for vm, err := range vms {
			if err == nil {
				err = b.Check(vm.Features).Err()
			}
			if !yield(vm, err) || err != nil {
				return
			}
		}
	}
}

// predicted sets the prediction of each migration beside it. The predictor sees the features alone, which are of
// before the migration; a VM of which the same is known as of the one before it gets the same prediction.
func predicted(ctx context.Context, p Predictor, done iter.Seq2[migration.Record, error]) iter.Seq2[Migration, error] {
	return func(yield func(Migration, error) bool) {
		var x migration.Features
		var prediction prediction.Prediction
		first := true
		for r, err := range done {
			if err == nil && (first || !r.Features.Equal(x)) {
				x, first = r.Features, false
				prediction, err = p.Predict(ctx, x)
			}
			if err != nil {
				yield(Migration{}, err)
				return
			}
			m := newMigration(prediction, r)
			m.At = time.Now()
			if !yield(m, nil) {
				return
			}
		}
	}
}

// reported reports each migration before it is yielded; one that could not be told is yielded with the error.
func reported(ctx context.Context, report Report, all iter.Seq2[Migration, error]) iter.Seq2[Migration, error] {
	return func(yield func(Migration, error) bool) {
		for m, err := range all {
			if err == nil {
				record := m.Record()
				record.At = m.At
				err = report(ctx, []migration.Record{record})
			}
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}
