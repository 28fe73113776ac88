package model_test

import (
	"context"
	"fmt"
	"math"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

// The embedded model answers whatever is known.
func Example() {
	m, err := model.Default()
	if err != nil {
		fmt.Println(err)
		return
	}
	var x migration.Features
	x.Set(migration.CPULoad, 75)
	x.Set(migration.MemoryUsage, 68)
	little := m.Predict(x, model.Ask{})

	x.Set(migration.NetworkBandwidth, 10_000)
	x.Set(migration.MemoryMiB, 8192)
	x.Set(migration.DowntimeLimitMS, 300)
	x.SetPoints([]migration.Point{{Seconds: 0.1, MiB: 3.4}, {Seconds: 1, MiB: 12}, {Seconds: 10, MiB: 40}})
	much := m.Predict(x, model.Ask{Within: 300 * time.Millisecond})

	ratio := func(i prediction.Interval) float64 { return i.Upper / i.Lower }
	fmt.Println("to know more narrows the interval:", ratio(much.Interval) < ratio(little.Interval))
	fmt.Println("and is surer:", much.Confidence > little.Confidence)
	fmt.Println("and likely below its limit:", *much.ProbabilityWithinLimit > 0.8)
	// Output:
	// to know more narrows the interval: true
	// and is surer: true
	// and likely below its limit: true
}

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
	m, err := model.Train(context.Background(), model.Recorded(records), model.Options{Seed: 42})
	if err != nil {
		fmt.Println(err)
		return
	}
	var busy migration.Features
	busy.Set(migration.CPULoad, 80)
	p := m.Predict(busy, model.Ask{})
	fmt.Printf("about %.0f ms, support %s\n", 100*math.Round(p.PredictedDowntime/100), p.Support)
	// Output: about 200 ms, support measured
}
