package prometheus

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"vmmp/pkg/source/internal/webapi"
)

// sample is one of the series that answer a query, at the moment that the query is of.
type sample struct {
	metric map[string]string
	value  float64
	at     time.Time
}

// UnmarshalJSON reads a sample of a vector; the value of a histogram is no number.
func (s *sample) UnmarshalJSON(text []byte) error {
	var raw struct {
		Metric map[string]string `json:"metric"`
		Value  *pair             `json:"value"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	s.metric, s.value = raw.Metric, math.NaN()
	if raw.Value != nil {
		s.value, s.at = raw.Value.value, raw.Value.at
	}
	return nil
}

// pair is a moment and a value, written as [1700000000.123,"0.5"].
type pair struct {
	at    time.Time
	value float64
}

// UnmarshalJSON reads a pair. Values are in quotes, since some of them are no numbers of JSON.
func (p *pair) UnmarshalJSON(text []byte) error {
	inner := strings.TrimSuffix(strings.TrimPrefix(string(text), "["), "]")
	seconds, value, found := strings.Cut(inner, ",")
	at, errAt := strconv.ParseFloat(strings.TrimSpace(seconds), 64)
	quoted := strings.TrimSpace(value)
	v, errValue := strconv.ParseFloat(strings.Trim(quoted, `"`), 64)
	if errors.Is(errValue, strconv.ErrRange) {
		errValue = nil // it is infinite then
	}
	if !found || errAt != nil || errValue != nil || !strings.HasPrefix(quoted, `"`) {
		return fmt.Errorf("%q is no time with a value", clip(string(text)))
	}
	p.at, p.value = unix(at), v
	return nil
}

// envelope is what every answer of the API is in.
type envelope struct {
	Status string `json:"status"`
	Data   struct {
		ResultType string          `json:"resultType"`
		Result     json.RawMessage `json:"result"`
	} `json:"data"`
	ErrorType string   `json:"errorType"`
	Error     string   `json:"error"`
	Warnings  []string `json:"warnings"`
}

// parseAnswer reads the body of an answer: the samples of a vector, and what the server warns of. Errors wrap errQuery
// where the query is at fault.
func parseAnswer(status int, body []byte) ([]sample, []string, error) {
	var e envelope
	err := json.Unmarshal(body, &e)
	switch {
	case e.ErrorType == "bad_data" || e.ErrorType == "execution":
		return nil, nil, fmt.Errorf("%w: %s", errQuery, webapi.OneLine(e.Error))
	case status/100 != 2 && e.Error != "":
		return nil, nil, fmt.Errorf("it answers %d: %s", status, webapi.OneLine(e.Error))
	case status/100 != 2:
		return nil, nil, fmt.Errorf("it answers %d: %s", status, webapi.OneLine(string(body)))
	case err != nil:
		return nil, nil, fmt.Errorf("%w (%s)", errNotPrometheus, webapi.OneLine(err.Error()))
	case e.Status != "success":
		return nil, nil, errNotPrometheus
	case e.Data.ResultType != "vector":
		return nil, nil, fmt.Errorf("%w: its answer is a %s, not the series of VMs", errQuery, clip(e.Data.ResultType))
	}
	var samples []sample
	if err := json.Unmarshal(e.Data.Result, &samples); err != nil {
		return nil, nil, fmt.Errorf("%w (%s)", errNotPrometheus, webapi.OneLine(err.Error()))
	}
	return samples, e.Warnings, nil
}
