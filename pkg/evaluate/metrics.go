package evaluate

import (
	"fmt"
	"math"
	"slices"

	"vmmp/pkg/prediction"

	"gonum.org/v1/gonum/stat"
)

// Metrics says how good forecasts were. Relative errors, coverage and the share of hits are fractions.
type Metrics struct {
	Rows                int               `json:"rows"`
	R2                  prediction.Number `json:"r2"`     // 1 - SSE/SST of the points
	LogR2               prediction.Number `json:"log_r2"` // the same of logarithms, values floored at 0.1 ms
	MAE                 prediction.Number `json:"mae_ms"`
	RMSE                prediction.Number `json:"rmse_ms"`
	CRPS                prediction.Number `json:"crps_ms"`               // twice the mean pinball loss over Levels
	MedianRelativeError prediction.Number `json:"median_relative_error"` // of |p - y| / y
	P90RelativeError    prediction.Number `json:"p90_relative_error"`
	Coverage90          prediction.Number `json:"coverage_90"` // share of values within [Lower, Upper]
	MeanConfidence      prediction.Number `json:"mean_confidence"`
	Within25            prediction.Number `json:"within_25_percent"` // share of hits
}

// Score compares forecasts with what happened, row by row. Figures that the rows do not define are NaN: all of them
// without rows, R2 and log R2 where all actual values are alike, and what a NaN or infinite forecast enters. It panics
// unless there is one forecast for each actual value.
func Score(actual []float64, forecasts []Forecast) Metrics {
	mustMatch(len(actual), len(forecasts))
	summaries, crps := make([]prediction.Summary, len(forecasts)), 0.0
	for i, y := range actual {
		summaries[i] = forecasts[i].summary()
		crps += forecasts[i].pinball(y)
	}
	m := ScoreSummaries(actual, summaries)
	m.CRPS = prediction.Finite(crps / float64(len(actual)))
	return m
}

// ScoreSummaries returns the metrics as Score does, of predictions whose quantiles are not known: their CRPS is NaN.
func ScoreSummaries(actual []float64, summaries []prediction.Summary) Metrics {
	mustMatch(len(actual), len(summaries))
	n := len(actual)
	var absolute, squared, covered, confidence, hits float64
	relative, point := make([]float64, n), make([]float64, n)
	for i, y := range actual {
		s := &summaries[i]
		verdict := s.Judge(y)
		off := math.Abs(s.DowntimeMS - y)
		point[i], relative[i] = s.DowntimeMS, verdict.RelativeError
		absolute += off
		squared += off * off
		covered += one(verdict.Held)
		confidence += s.Confidence
		hits += one(verdict.Within25)
	}
	rows := float64(n)
	return Metrics{
		Rows: n,

		R2:    r2(actual, point),
		LogR2: r2(logs(actual), logs(point)),
		MAE:   prediction.Finite(absolute / rows),
		RMSE:  prediction.Finite(math.Sqrt(squared / rows)),
		CRPS:  prediction.Number(math.NaN()),

		MedianRelativeError: prediction.Finite(Quantile(0.5, relative)),
		P90RelativeError:    prediction.Finite(Quantile(0.9, relative)),
		Coverage90:          prediction.Finite(covered / rows),
		MeanConfidence:      prediction.Finite(confidence / rows),
		Within25:            prediction.Finite(hits / rows),
	}
}

// r2 returns the share of the variance that the predictions explain.
func r2(actual, predicted []float64) prediction.Number {
	if len(actual) == 0 || slices.Min(actual) == slices.Max(actual) {
		return prediction.Finite(math.NaN())
	}
	mean := stat.Mean(actual, nil)
	var sse, sst float64
	for i, y := range actual {
		sse += (y - predicted[i]) * (y - predicted[i])
		sst += (y - mean) * (y - mean)
	}
	return prediction.Finite(1 - sse/sst)
}

func logs(values []float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = math.Log(max(v, prediction.LeastMS))
	}
	return out
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func mustMatch(actual, other int) {
	if actual != other {
		panic(fmt.Sprintf("evaluate: %d rows against %d", actual, other))
	}
}
