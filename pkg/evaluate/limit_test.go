package evaluate

import (
	"math"
	"testing"

	"vmmp/pkg/migration"
)

func TestLimitIsTheLimitWithoutItsBias(t *testing.T) {
	limited := func(ms float64) migration.Features {
		var x migration.Features
		x.Set(migration.DowntimeLimitMS, ms)
		return x
	}
	b, err := Limit([]migration.Features{limited(100), limited(200), limited(400)}, []float64{50, 100, 200})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.Forecast(limited(1000)).Point; math.Abs(got-500) > 1e-9 {
		t.Errorf("of pauses that are half their limit: %g ms of a limit of 1000", got)
	}
	if got := b.Forecast(migration.Features{}).Point; math.IsNaN(got) || got < 50 || got > 200 {
		t.Errorf("without a limit: %g ms", got)
	}
}
