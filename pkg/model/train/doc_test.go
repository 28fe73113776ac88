package train_test

import (
	"context"
	"fmt"
	"math"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/train"
)

// A model is trained on migrations that happened.
func ExampleTrain() {
	var records []migration.Record
	for cpu := range 100 {
		var r migration.Record
		r.Features.Set(migration.CPULoad, float64(cpu))
		r.Outcome = migration.UnknownOutcome()
		r.Outcome.Status = migration.Completed
		r.Outcome.DowntimeMS = 40 + 2*float64(cpu)
		records = append(records, r)
	}
	m, err := train.Train(context.Background(), train.Recorded(records), train.Options{Seed: 42})
	if err != nil {
		fmt.Println(err)
		return
	}
	var busy migration.Features
	busy.Set(migration.CPULoad, 80)
	p := m.Predict(busy, model.Options{})
	fmt.Printf("about %.0f ms, support %s\n", 100*math.Round(p.PredictedDowntime/100), p.Support)
	// Output: about 200 ms, support site
}
