//go:build integration

package monitoring

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// ask asks Prometheus' API and reads the data of its answer.
func (s *station) ask(path string, parameters url.Values, data any) error {
	response, err := http.Get(s.prometheus + path + "?" + parameters.Encode())
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer := struct {
		Status, Error string
		Data          any
	}{Data: data}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return fmt.Errorf("%s: %w", response.Status, err)
	}
	if answer.Status != "success" {
		return errors.New(answer.Error)
	}
	return nil
}

// vector is what came of a query: of an instant one a value for each series, of a
// range several.
type vector struct {
	Result []struct {
		Metric map[string]string
		Value  sample
		Values []sample
	}
}

// sample is a time and a number, which JSON cannot write in all cases.
type sample [2]any

// finite says whether it is a number at all.
func (s sample) finite() bool {
	text, _ := s[1].(string)
	v, err := strconv.ParseFloat(text, 64)
	return err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// shows is nil where an expression has something to show: now, or of late.
func (s *station) shows(expr string, instant bool) error {
	var v vector
	now := time.Now()
	path, parameters := "/api/v1/query", url.Values{"query": {expr}}
	if !instant {
		path = "/api/v1/query_range"
		parameters["start"] = []string{strconv.FormatInt(now.Add(-time.Minute).Unix(), 10)}
		parameters["end"], parameters["step"] = []string{strconv.FormatInt(now.Unix(), 10)}, []string{"1"}
	}
	if err := s.ask(path, parameters, &v); err != nil {
		return err
	}
	for _, series := range v.Result {
		for _, value := range append(series.Values, series.Value) {
			if value.finite() {
				return nil
			}
		}
	}
	return fmt.Errorf("no number in %d series", len(v.Result))
}

// firing are the names of the alerts that fire, of one job or of none.
func (s *station) firing() (map[string]bool, error) {
	var data struct {
		Alerts []struct {
			Labels map[string]string
			State  string
		}
	}
	if err := s.ask("/api/v1/alerts", nil, &data); err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, a := range data.Alerts {
		if a.State == "firing" {
			names[a.Labels["alertname"]] = true
		}
	}
	return names, nil
}
