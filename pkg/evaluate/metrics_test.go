package evaluate

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"vmmp/pkg/prediction"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// pointMass is the forecast of somebody who is certain.
func pointMass(p float64) Forecast {
	f := Forecast{Point: p, Lower: p, Upper: p, Confidence: 1}
	for i := range f.Quantiles {
		f.Quantiles[i] = p
	}
	return f
}

// uniform is the forecast of a uniform distribution on 0..width.
func uniform(width float64) Forecast {
	f := Forecast{Point: width / 2, Lower: width * 0.05, Upper: width * 0.95}
	for i, level := range Levels {
		f.Quantiles[i] = level * width
	}
	return f
}

func near(t *testing.T, what string, got prediction.Number, want float64) {
	t.Helper()
	if math.Abs(float64(got)-want) > 1e-9*max(1, math.Abs(want)) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func TestScoreByHand(t *testing.T) {
	forecasts := []Forecast{pointMass(110), pointMass(200), pointMass(300)}
	forecasts[0].Lower = 90
	forecasts[0].Confidence = 0.4
	m := Score([]float64{100, 200, 400}, forecasts)
	near(t, "mae", m.MAE, 110.0/3)
	near(t, "rmse", m.RMSE, math.Sqrt(10100.0/3))
	near(t, "r2", m.R2, 1-10100/(140000.0/3)) // SST: 133.3^2 + 33.3^2 + 166.7^2
	// In units of log 2 the actual values are 0, 1, 2 above log 100.
	off1, off3 := math.Log(1.1), math.Log(4.0/3)
	near(t, "log r2", m.LogR2, 1-(off1*off1+off3*off3)/(2*math.Ln2*math.Ln2))
	near(t, "crps", m.CRPS, 110.0/3)
	near(t, "median relative error", m.MedianRelativeError, 0.1)
	near(t, "p90 relative error", m.P90RelativeError, 0.25)
	near(t, "coverage", m.Coverage90, 2.0/3)
	near(t, "mean confidence", m.MeanConfidence, 0.8)
	near(t, "within 25 %", m.Within25, 1)
	if m.Rows != 3 {
		t.Errorf("rows = %d", m.Rows)
	}
}

func TestCRPSOfAUniformForecast(t *testing.T) {
	m := Score([]float64{50}, []Forecast{uniform(100)})
	// The sum of level * (0.5 - level) over the levels under a half is 165/400.
	near(t, "crps", m.CRPS, 100*2*2*(165.0/400)/19)
	exact := 100 * (0.25 - 0.5 + 1.0/3)
	if math.Abs(float64(m.CRPS)-exact) > 0.05*exact {
		t.Errorf("crps %v is far from the integral %v", m.CRPS, exact)
	}
}

func TestCRPSOfAPointMassIsTheAbsoluteError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfN(rapid.Float64Range(0.1, 1e6), 1, 20).Draw(t, "y")
		forecasts := make([]Forecast, len(y))
		for i := range y {
			forecasts[i] = pointMass(rapid.Float64Range(0.1, 1e6).Draw(t, "p"))
		}
		m := Score(y, forecasts)
		if math.Abs(float64(m.CRPS-m.MAE)) > 1e-9*float64(m.MAE) {
			t.Fatalf("crps %v, mae %v", m.CRPS, m.MAE)
		}
	})
}

// A proper score is least for the distribution that the values come from.
func TestCRPSPrefersTheTruth(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	y := make([]float64, 4000)
	for i := range y {
		y[i] = 100 * random.Float64()
	}
	crps := func(f Forecast) prediction.Number {
		forecasts := make([]Forecast, len(y))
		for i := range forecasts {
			forecasts[i] = f
		}
		return Score(y, forecasts).CRPS
	}
	truth := crps(uniform(100))
	for name, other := range map[string]Forecast{"narrow": uniform(70), "wide": uniform(140), "certain": pointMass(50)} {
		if got := crps(other); got <= truth {
			t.Errorf("%s forecast scores %v, the true one %v", name, got, truth)
		}
	}
}

func TestPerfectForecast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfNDistinct(rapid.Float64Range(0.1, 1e5), 2, 50, rapid.ID[float64]).Draw(t, "y")
		forecasts := make([]Forecast, len(y))
		for i := range y {
			forecasts[i] = pointMass(y[i])
		}
		m := Score(y, forecasts)
		if m.R2 != 1 || m.LogR2 != 1 && !math.IsNaN(float64(m.LogR2)) || m.MAE != 0 || m.RMSE != 0 || m.CRPS != 0 ||
			m.P90RelativeError != 0 || m.Coverage90 != 1 || m.Within25 != 1 {
			t.Fatalf("%+v", m)
		}
	})
}

func TestScoreLeavesUndefinedFiguresOut(t *testing.T) {
	perfect := pointMass(5)
	broken := pointMass(math.Inf(1))
	tests := []struct {
		name      string
		actual    []float64
		forecasts []Forecast
		undefined []string // the JSON names of all figures that are null
	}{
		{"no rows", nil, nil, []string{"r2", "log_r2", "mae_ms", "rmse_ms", "crps_ms", "median_relative_error",
			"p90_relative_error", "coverage_90", "mean_confidence", "within_25_percent"}},
		{"one row", []float64{5}, []Forecast{perfect}, []string{"r2", "log_r2"}},
		{"constant", []float64{0.1, 0.1, 0.1}, []Forecast{perfect, perfect, perfect}, []string{"r2", "log_r2"}},
		{"infinite forecast", []float64{5, 6}, []Forecast{broken, perfect},
			[]string{"r2", "log_r2", "mae_ms", "rmse_ms", "crps_ms", "p90_relative_error"}},
		{"zero actual", []float64{0, 6}, []Forecast{perfect, perfect}, []string{"p90_relative_error"}},
		{"below the floor", []float64{0.01, 0.02}, []Forecast{perfect, perfect}, []string{"log_r2"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text, err := json.Marshal(Score(test.actual, test.forecasts))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range test.undefined {
				if !strings.Contains(string(text), `"`+name+`":null`) {
					t.Errorf("%s is defined: %s", name, text)
				}
			}
			if n := strings.Count(string(text), "null"); n != len(test.undefined) {
				t.Errorf("%d figures are undefined, want %v: %s", n, test.undefined, text)
			}
		})
	}
}

func TestScorePanicsOnRowsThatDoNotMatch(t *testing.T) {
	defer func() {
		if recover() != "evaluate: 1 rows against 2" {
			t.Error("no panic")
		}
	}()
	Score([]float64{1}, make([]Forecast, 2))
}

func TestMetricsSurviveJSON(t *testing.T) {
	const want = `{"rows":2,"r2":-0.5,"log_r2":null,"mae_ms":1,"rmse_ms":2,"crps_ms":3,"median_relative_error":0.1,` +
		`"p90_relative_error":0.25,"coverage_90":0.9,"mean_confidence":0.8,"within_25_percent":null}`
	var m Metrics
	if err := json.Unmarshal([]byte(want), &m); err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(float64(m.LogR2)) || m.Coverage90 != 0.9 {
		t.Errorf("%+v", m)
	}
	if got, err := json.Marshal(m); err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}

// Whoever kept all but the quantiles is told all but the CRPS.
func TestScoreSummariesIsScoreWithoutCRPS(t *testing.T) {
	equateNaN := cmp.Comparer(func(a, b prediction.Number) bool { return a == b || math.IsNaN(float64(a)) && math.IsNaN(float64(b)) })
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfN(rapid.Float64Range(0.1, 1e6), 0, 20).Draw(t, "y")
		forecasts, summaries := make([]Forecast, len(y)), make([]prediction.Summary, len(y))
		for i := range y {
			forecasts[i] = uniform(rapid.Float64Range(0.1, 1e6).Draw(t, "width"))
			forecasts[i].Confidence = rapid.Float64Range(0, 1).Draw(t, "confidence")
			f := forecasts[i]
			summaries[i] = prediction.Summary{DowntimeMS: f.Point, LowerMS: f.Lower, UpperMS: f.Upper, Confidence: f.Confidence}
		}
		got, want := ScoreSummaries(y, summaries), Score(y, forecasts)
		if !math.IsNaN(float64(got.CRPS)) {
			t.Fatalf("crps %v of unknown quantiles", got.CRPS)
		}
		want.CRPS = got.CRPS
		if diff := cmp.Diff(want, got, equateNaN); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestScoreSummariesPanicsOnRowsThatDoNotMatch(t *testing.T) {
	defer func() {
		if recover() != "evaluate: 2 rows against 1" {
			t.Error("no panic")
		}
	}()
	ScoreSummaries([]float64{1, 2}, make([]prediction.Summary, 1))
}

func TestLevels(t *testing.T) {
	if Levels[0] != 0.05 || Levels[9] != 0.5 || Levels[18] != 0.95 {
		t.Error(Levels)
	}
}
