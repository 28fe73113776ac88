package evaluate

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// dirtying is a VM of which the dirty rate is known, and whatever else is given.
func dirtying(rate float64, more ...func(*migration.Features)) (x migration.Features) {
	x.Set(migration.DirtyRate, rate)
	for _, set := range more {
		set(&x)
	}
	return x
}

func rateOf(x migration.Features) float64 { return x.Get(migration.DirtyRate) }

// lognormal draws rows with y = 3 * rate * exp(sigma * N(0, 1)).
func lognormal(n int, sigma float64, seed uint64) (x []migration.Features, y []float64) {
	random := rand.New(rand.NewPCG(seed, 0))
	for range n {
		rate := math.Exp(5 * random.Float64())
		x = append(x, dirtying(rate))
		y = append(y, 3*rate*math.Exp(sigma*random.NormFloat64()))
	}
	return x, y
}

func forecasts(b *Baseline, x []migration.Features) []Forecast {
	all := make([]Forecast, len(x))
	for i := range x {
		all[i] = b.Forecast(x[i])
	}
	return all
}

func must(t testing.TB) func(*Baseline, error) *Baseline {
	return func(b *Baseline, err error) *Baseline {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
}

func TestBaselineRecoversALognormal(t *testing.T) {
	const sigma = 0.2
	x, y := lognormal(5000, sigma, 1)
	b := must(t)(NewBaseline(rateOf, x, y))
	x, y = lognormal(5000, sigma, 2)
	m := Score(y, forecasts(b, x))
	if m.Coverage90 < 0.88 || m.Coverage90 > 0.92 {
		t.Errorf("90 %% interval holds %v", m.Coverage90)
	}
	if math.Abs(float64(m.Within25-m.MeanConfidence)) > 0.02 {
		t.Errorf("confidence %v, hits %v", m.MeanConfidence, m.Within25)
	}
	f := b.Forecast(dirtying(100))
	if math.Abs(f.Point/300-1) > 0.02 {
		t.Errorf("the bias is not corrected: %v for a true median of 300", f.Point)
	}
	normal95 := 1.645
	if math.Abs(math.Log(f.Upper/300)-normal95*sigma) > 0.03 || math.Abs(math.Log(f.Lower/300)+normal95*sigma) > 0.03 {
		t.Errorf("interval %v..%v", f.Lower, f.Upper)
	}
}

func TestBaselineByHand(t *testing.T) {
	x := []migration.Features{dirtying(10), dirtying(10), dirtying(10), dirtying(10)}
	b := must(t)(NewBaseline(rateOf, x, []float64{10, 20, 20, 40}))
	// The log residuals are 0, 1, 1, 2 times log 2: a bias of 2.
	f := b.Forecast(dirtying(30))
	near(t, "point", prediction.Number(f.Point), 60)
	near(t, "lower", prediction.Number(f.Lower), 30)
	near(t, "median", prediction.Number(f.Quantiles[9]), 60)
	near(t, "upper", prediction.Number(f.Upper), 120)
	near(t, "confidence", prediction.Number(f.Confidence), 0.5)
}

func TestBaselineLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x []migration.Features
		y := rapid.SliceOfN(rapid.Float64Range(0.1, 1e6), 1, 50).Draw(t, "y")
		for range y {
			x = append(x, dirtying(rapid.Float64Range(0.1, 1e5).Draw(t, "rate")))
		}
		b, err := NewBaseline(rateOf, x, y)
		if err != nil {
			t.Fatal(err)
		}
		var logOff, hits float64
		for i, f := range forecasts(b, x) {
			logOff += math.Log(f.Point / y[i])
			hits += one(prediction.Hit(f.Point, y[i]))
			if !slices.IsSorted(f.Quantiles[:]) || f.Lower != f.Quantiles[0] || f.Upper != f.Quantiles[18] || !(f.Lower > 0) {
				t.Fatalf("%+v", f)
			}
		}
		n := float64(len(y))
		if math.Abs(logOff/n) > 1e-9 {
			t.Fatalf("bias in log space: %v", logOff/n)
		}
		if f := b.Forecast(x[0]); f.Confidence != hits/n {
			t.Fatalf("confidence %v, hit rate on the training rows %v", f.Confidence, hits/n)
		}
	})
}

func TestBaselineFallsBackToTheMedian(t *testing.T) {
	x := []migration.Features{dirtying(1), dirtying(2), {}, {}, {}}
	y := []float64{100, 200, 10, 20, 30}
	b := must(t)(NewBaseline(rateOf, x, y))
	if f := b.Forecast(dirtying(7)); math.Abs(f.Point-700) > 1e-9 || f.Confidence != 1 || math.Abs(f.Upper-700) > 1e-9 {
		t.Errorf("the residuals of the rows without an answer are mixed in: %+v", f)
	}
	median := must(t)(Median(x, y))
	if got, want := b.Forecast(migration.Features{}), median.Forecast(x[0]); got != want {
		t.Errorf("got %+v, the median says %+v", got, want)
	}
	if f := median.Forecast(dirtying(9)); f.Lower != 10 || math.Abs(f.Quantiles[9]-30) > 1e-9 || math.Abs(f.Upper-200) > 1e-9 {
		t.Errorf("%+v", f)
	}
}

func TestBaselineTakesNonsenseForNoAnswer(t *testing.T) {
	x, y := []migration.Features{dirtying(1), dirtying(2), dirtying(3)}, []float64{5, 6, 7}
	for _, nonsense := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1} {
		b := must(t)(NewBaseline(func(migration.Features) float64 { return nonsense }, x, y))
		if b.Forecast(x[0]) != must(t)(Median(x, y)).Forecast(x[0]) {
			t.Errorf("%v is an answer", nonsense)
		}
	}
	zero := must(t)(NewBaseline(func(migration.Features) float64 { return 0 }, x, y))
	if f := zero.Forecast(x[0]); !(f.Point > 5 && f.Point < 7) {
		t.Errorf("zero: %+v", f)
	}
}

func TestBaselineOfOneRowAndOfEqualRows(t *testing.T) {
	for _, n := range []int{1, 2, 7} {
		x, y := make([]migration.Features, n), make([]float64, n)
		for i := range y {
			x[i], y[i] = dirtying(10), 12
		}
		for name, b := range map[string]*Baseline{
			"median": must(t)(Median(x, y)), "linear": must(t)(Linear(x, y)),
			"precopy": must(t)(Precopy(Downtime, x, y)), "own": must(t)(NewBaseline(rateOf, x, y)),
		} {
			f := b.Forecast(x[0])
			if math.Abs(f.Point-12) > 1e-9 || math.Abs(f.Lower-12) > 1e-9 || math.Abs(f.Upper-12) > 1e-9 || f.Confidence != 1 {
				t.Errorf("%s of %d rows: %+v", name, n, f)
			}
		}
	}
}

func TestBaselineErrors(t *testing.T) {
	if _, err := Median(nil, nil); !errors.Is(err, ErrNoRows) {
		t.Errorf("no rows: %v", err)
	}
	if _, err := Linear(nil, nil); !errors.Is(err, ErrNoRows) {
		t.Errorf("no rows: %v", err)
	}
	for _, bad := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		for name, make := range map[string]func([]migration.Features, []float64) (*Baseline, error){"median": Median, "linear": Linear} {
			_, err := make([]migration.Features{{}, {}}, []float64{1, bad})
			if err == nil || !strings.Contains(err.Error(), "row 1 has the target") {
				t.Errorf("%s of %v: %v", name, bad, err)
			}
		}
	}
}

func TestBaselinesServeConcurrently(t *testing.T) {
	x, y := lognormal(50, 0.2, 3)
	b := must(t)(Linear(x, y))
	want := forecasts(b, x)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if !slices.Equal(forecasts(b, x), want) {
				t.Error("forecasts differ")
			}
		})
	}
	group.Wait()
}
