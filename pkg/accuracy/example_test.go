package accuracy_test

import (
	"fmt"
	"time"

	"vmmp/pkg/accuracy"
	"vmmp/pkg/history"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

// predictor is a model as accuracy.Match asks it.
type predictor struct{ *model.Model }

func (p predictor) Predict(x migration.Features) prediction.Prediction {
	return p.Model.Predict(x, model.Options{})
}

// A prediction is asked for, the migration happens, its outcome is matched, and
// the accuracy tells how right the prediction was.
func Example() {
	m, err := model.Default()
	if err != nil {
		fmt.Println(err)
		return
	}
	var vm migration.Features
	vm.Set(migration.CPULoad, 75)
	vm.Set(migration.MemoryUsage, 68)
	asked := m.Predict(vm, model.Options{})

	r := migration.Record{Outcome: migration.UnknownOutcome(), Group: "web-1", PredictionID: asked.PredictionID}
	r.Outcome.DowntimeMS = 0
	_, faults := accuracy.Match(predictor{m}, nil, r)
	fmt.Println(faults[0].Location, faults[0].Message)

	r.Outcome.DowntimeMS = asked.PredictedDowntime / 1.1 // ten percent less than predicted
	entry, faults := accuracy.Match(predictor{m}, nil, r)
	if faults != nil {
		fmt.Println(faults)
		return
	}
	entry.At = time.Now()
	a := accuracy.Assess([]history.Entry{entry}, time.Now(), accuracy.Business{DowntimeLimit: time.Hour})
	day := a.Windows[0]
	fmt.Printf("%s: %d matched, error %.2f, success rate %.0f\n", day.Window, day.Matched, day.MedianRelativeError, day.Business.SuccessRate)
	// Output:
	// downtime_ms must be above 0 ms: no guest is moved without a pause; leave it out and say not_converged or failed if it was not moved
	// 24h: 1 matched, error 0.10, success rate 1
}
