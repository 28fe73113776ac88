package simulate

import (
	"context"
	"fmt"
	"iter"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
)

// Predictor answers what is known of a VM, as model.Model does.
type Predictor interface {
	Predict(migration.Features, model.Ask) model.Prediction
}

// Result is what came of a request. Its JSON is a contract.
type Result struct {
	Host        migration.Features `json:"host"` // what a machine told of itself
	Seed        uint64             `json:"seed"`
	Count       int                `json:"count"`
	Simulations []Migration        `json:"simulations"`
	Summary     Summary            `json:"summary"`
}

// Stream carries out a request and yields each migration as soon as it is over. An
// error ends the sequence: migration.Faults for a request that is not possible,
// before anything is done, each with the name of a feature, or count, as its
// location; ctx's when ctx ends; or that of the back end.
func Stream(ctx context.Context, p Predictor, b Backend, r Request) iter.Seq2[Migration, error] {
	return func(yield func(Migration, error) bool) {
		x := r.vm()
		if err := b.Check(x, r.Count).Err(); err != nil {
			yield(Migration{}, err)
			return
		}
		for done, err := range predicted(p, r.Ask, b.Migrate(ctx, x, r.Count, r.Seed)) {
			if err != nil {
				yield(Migration{}, fmt.Errorf("simulate migrations: %w", err))
				return
			}
			if !yield(done, nil) {
				return
			}
		}
	}
}

// predicted sets the prediction of each migration beside it. The predictor sees
// the features alone, which are of before the migration; a VM of which the same is
// known as of the one before it gets the same prediction.
func predicted(p Predictor, ask model.Ask, done iter.Seq2[migration.Record, error]) iter.Seq2[Migration, error] {
	return func(yield func(Migration, error) bool) {
		var x migration.Features
		var prediction model.Prediction
		first := true
		for r, err := range done {
			if err != nil {
				yield(Migration{}, err)
				return
			}
			if first || !r.Features.Equal(x) {
				x, prediction, first = r.Features, p.Predict(r.Features, ask), false
			}
			if !yield(newMigration(prediction, r), nil) {
				return
			}
		}
	}
}

// Run carries out a request. Its errors are those of Stream; a request that was
// begun and not ended has no result.
func Run(ctx context.Context, p Predictor, b Backend, r Request) (Result, error) {
	result := Result{Host: r.Host, Seed: r.Seed, Count: r.Count}
	for m, err := range Stream(ctx, p, b, r) {
		if err != nil {
			return Result{}, err
		}
		result.Simulations = append(result.Simulations, m)
	}
	result.Summary = Summarise(result.Simulations)
	return result, nil
}
