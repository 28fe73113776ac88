package evaluate

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Number is a figure that may be undefined: NaN is null in JSON.
type Number float64

// MarshalJSON writes null for what JSON has no number for.
func (n Number) MarshalJSON() ([]byte, error) {
	if v := float64(n); !math.IsNaN(v) && !math.IsInf(v, 0) {
		return json.Marshal(v)
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads null as NaN.
func (n *Number) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*n = Number(math.NaN())
		return nil
	}
	return json.Unmarshal(data, (*float64)(n))
}

// Metrics says how good forecasts were. Relative errors, coverage and the share
// of hits are fractions.
type Metrics struct {
	Rows                int    `json:"rows"`
	R2                  Number `json:"r2"`     // 1 - SSE/SST of the points
	LogR2               Number `json:"log_r2"` // the same of logarithms, values floored at 0.1 ms
	MAE                 Number `json:"mae_ms"`
	RMSE                Number `json:"rmse_ms"`
	CRPS                Number `json:"crps_ms"`               // twice the mean pinball loss over Levels
	MedianRelativeError Number `json:"median_relative_error"` // of |p - y| / y
	P90RelativeError    Number `json:"p90_relative_error"`
	Coverage90          Number `json:"coverage_90"` // share of values within [Lower, Upper]
	MeanConfidence      Number `json:"mean_confidence"`
	Within25            Number `json:"within_25_percent"` // share of hits
}

// Score compares forecasts with what happened, row by row. Figures that the rows
// do not define are NaN: all of them without rows, R2 and log R2 where all
// actual values are alike, and what a NaN or infinite forecast enters. It panics
// unless there is one forecast for each actual value.
func Score(actual []float64, forecasts []Forecast) Metrics {
	mustMatch(len(actual), len(forecasts))
	outlooks, crps := make([]Outlook, len(forecasts)), 0.0
	for i, y := range actual {
		outlooks[i] = forecasts[i].outlook()
		crps += forecasts[i].pinball(y)
	}
	m := ScoreOutlooks(actual, outlooks)
	m.CRPS = Finite(crps / float64(len(actual)))
	return m
}

// ScoreOutlooks is Score of forecasts whose quantiles are not known: their CRPS is
// NaN.
func ScoreOutlooks(actual []float64, outlooks []Outlook) Metrics {
	mustMatch(len(actual), len(outlooks))
	n := len(actual)
	var absolute, squared, covered, confidence, hits float64
	relative, point := make([]float64, n), make([]float64, n)
	for i, y := range actual {
		o := &outlooks[i]
		off := math.Abs(o.Point - y)
		point[i], relative[i] = o.Point, off/y
		absolute += off
		squared += off * off
		covered += one(o.Lower <= y && y <= o.Upper)
		confidence += o.Confidence
		hits += one(Hit(o.Point, y))
	}
	rows := float64(n)
	return Metrics{
		Rows: n,
		R2:   r2(actual, point), LogR2: r2(logs(actual), logs(point)),
		MAE: Finite(absolute / rows), RMSE: Finite(math.Sqrt(squared / rows)), CRPS: Number(math.NaN()),
		MedianRelativeError: Finite(quantile(0.5, relative)), P90RelativeError: Finite(quantile(0.9, relative)),
		Coverage90: Finite(covered / rows), MeanConfidence: Finite(confidence / rows), Within25: Finite(hits / rows),
	}
}

// r2 is the share of the variance that the predictions explain.
func r2(actual, predicted []float64) Number {
	if len(actual) == 0 || slices.Min(actual) == slices.Max(actual) {
		return Finite(math.NaN())
	}
	mean := stat.Mean(actual, nil)
	var sse, sst float64
	for i, y := range actual {
		sse += (y - predicted[i]) * (y - predicted[i])
		sst += (y - mean) * (y - mean)
	}
	return Finite(1 - sse/sst)
}

// quantile of values in any order, NaN without any; it sorts them.
func quantile(p float64, values []float64) float64 {
	if len(values) == 0 || slices.ContainsFunc(values, math.IsNaN) {
		return math.NaN()
	}
	slices.Sort(values)
	return stat.Quantile(p, stat.Empirical, values, nil)
}

func logs(values []float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = math.Log(max(v, LeastMS))
	}
	return out
}

// Finite is v as a figure: NaN where v is infinite.
func Finite(v float64) Number {
	if math.IsInf(v, 0) {
		return Number(math.NaN())
	}
	return Number(v)
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
