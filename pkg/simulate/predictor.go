package simulate

import (
	"context"

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
