package model_test

import (
	"fmt"
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
	little := m.Predict(x, model.Options{})

	x.Set(migration.NetworkBandwidth, 10_000)
	x.Set(migration.MemoryMiB, 8192)
	x.Set(migration.DowntimeLimitMS, 300)
	x.SetPoints([]migration.Point{{Seconds: 0.1, MiB: 3.4}, {Seconds: 1, MiB: 12}, {Seconds: 10, MiB: 40}})
	much := m.Predict(x, model.Options{Within: 500 * time.Millisecond})

	ratio := func(i prediction.Interval) float64 { return i.Upper / i.Lower }
	fmt.Println("to know more narrows the interval:", ratio(much.Interval) < ratio(little.Interval))
	fmt.Println("and is surer:", much.Confidence > little.Confidence)
	fmt.Println("and likely below half a second:", *much.ProbabilityWithinLimit > 0.8)
	// Output:
	// to know more narrows the interval: true
	// and is surer: true
	// and likely below half a second: true
}
