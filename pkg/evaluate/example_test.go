package evaluate_test

import (
	"fmt"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
)

// How good a forecast is that knows nothing but the other workloads' downtimes?
func Example() {
	var x []migration.Features
	var y []float64
	var workload []string
	for i := range 12 {
		var vm migration.Features
		vm.Set(migration.DirtyRate, float64(10+5*i))
		x = append(x, vm)
		y = append(y, float64(30+10*i))
		workload = append(workload, fmt.Sprintf("workload %d", i/3))
	}

	train, test := evaluate.Split(workload, 0.25, 42)
	fmt.Println("held out:", test)

	for _, baseline := range []struct {
		name string
		fit  func([]migration.Features, []float64) (*evaluate.Baseline, error)
	}{{"median", evaluate.Median}, {"linear", evaluate.Linear}} {
		b, err := baseline.fit(rows(x, train), rows(y, train))
		if err != nil {
			fmt.Println(err)
			return
		}
		var forecasts []evaluate.Forecast
		for _, i := range test {
			forecasts = append(forecasts, b.Forecast(x[i]))
		}
		m := evaluate.Score(rows(y, test), forecasts)
		fmt.Printf("%s: off by %.1f ms, CRPS %.1f ms, %.0f %% hits\n", baseline.name, m.MAE, m.CRPS, 100*m.Within25)
	}
	// Output:
	// held out: [6 7 8]
	// median: off by 29.3 ms, CRPS 19.6 ms, 33 % hits
	// linear: off by 0.5 ms, CRPS 0.6 ms, 100 % hits
}

func rows[T any](of []T, index []int) []T {
	some := make([]T, len(index))
	for i, row := range index {
		some[i] = of[row]
	}
	return some
}
