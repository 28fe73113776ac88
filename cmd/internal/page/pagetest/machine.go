package pagetest

import (
	"testing"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// Features returns what is known of a VM on the pages of tests: features of every kind.
func Features(t *testing.T) migration.Features {
	t.Helper()
	var x migration.Features
	for f, text := range map[migration.Feature]string{
		migration.CPULoad: "75", migration.MemoryUsage: "68.123456", migration.NetworkBandwidth: "10000",
		migration.DirtyRate: "0.000012345", migration.AutoConverge: "true", migration.TimeoutS: "90",
		migration.DirtyCurve: "0.1:3.4,0.3:8,1:12,3:20,10:40,30:55",
	} {
		if err := x.Parse(f, text, ','); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

// Prediction returns what is predicted of it.
func Prediction() prediction.Prediction {
	return prediction.Prediction{
		PredictedDowntime: 156.23, Confidence: 0.87, Status: "success",
		Interval:             prediction.Interval{Lower: 121, Upper: 204.5, Level: 0.9},
		PredictedTotalTimeMS: 8120.4, ConvergenceProbability: 0.97, Support: prediction.Site,
	}
}
