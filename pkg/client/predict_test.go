package client

import (
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

const (
	goodPrediction = `{"predicted_downtime": 156.23, "confidence": 0.87, "status": "success",
		"interval": {"lower": 121, "upper": 204.5, "level": 0.9}, "predicted_total_time_ms": 8120.4,
		"convergence_probability": 0.97, "support": "site", "prediction_id": "p1.x",
		"model": {"id": "3f2a9c41d0e7", "trained_at": "2026-01-31T12:00:00Z"}, "warnings": ["w"], "hints": []}`
	noHistory = `{"title": "Not Found", "status": 404, "detail": "this server keeps no history: start it with --history FILE"}`
)

// like is the good prediction with a part of it replaced.
func like(old, other string) string {
	if !strings.Contains(goodPrediction, old) {
		panic("the good prediction has no " + old)
	}
	return strings.Replace(goodPrediction, old, other, 1)
}

func TestPredict(t *testing.T) {
	for base, want := range map[string]string{"": "/predict", "/": "/predict", "/a/b": "/a/b/predict", "/a/b/": "/a/b/predict"} {
		var asked *http.Request
		var body []byte
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = r
			body, _ = io.ReadAll(r.Body)
			answers(http.StatusOK, goodPrediction)(w, r)
		}))
		defer server.Close()
		c, err := New(server.URL+base, Options{Token: "t0ken", HTTP: server.Client()})
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Predict(t.Context(), vm())
		if err != nil || p.PredictedDowntime != 156.23 || p.Interval != (prediction.Interval{Lower: 121, Upper: 204.5, Level: 0.9}) ||
			p.PredictedTotalTimeMS != 8120.4 || p.PredictionID != "p1.x" || p.Model.ID != "3f2a9c41d0e7" || !slices.Equal(p.Warnings, []string{"w"}) {
			t.Errorf("%+v, %v", p, err)
		}
		h := asked.Header
		if asked.Method != http.MethodPost || asked.URL.Path != want || h.Get("Authorization") != "Bearer t0ken" ||
			h.Get("Content-Type") != "application/json" || h.Get("Idempotency-Key") != "" {
			t.Errorf("%s: asked %s %s with %v", base, asked.Method, asked.URL, h)
		}
		if got := string(body); got != `{"cpu_load":75,"memory_usage":68}` {
			t.Errorf("asked about %s: what is unknown is to be left out", got)
		}
	}
}

func TestPredictWithoutAToken(t *testing.T) {
	c := asking(t, func(w http.ResponseWriter, r *http.Request) {
		if _, there := r.Header["Authorization"]; there {
			t.Error("sends a token that it does not have")
		}
		answers(http.StatusOK, goodPrediction)(w, r)
	})
	if _, err := c.Predict(t.Context(), vm()); err != nil {
		t.Error(err)
	}
}

// A prediction comes out of JSON as it went in, with a total time or without.
func TestPredictionSurvivesTheWire(t *testing.T) {
	m, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	total := m.Predict(vm(), model.Options{})
	none := total
	unknown(&none.PredictedTotalTimeMS)
	for name, p := range map[string]prediction.Prediction{"whole": total, "no total time": none} {
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		got, err := readPrediction(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if math.IsNaN(float64(got.PredictedTotalTimeMS)) != math.IsNaN(float64(p.PredictedTotalTimeMS)) {
			t.Errorf("%s: total time %v, want %v", name, got.PredictedTotalTimeMS, p.PredictedTotalTimeMS)
		}
		p.WarningKinds = nil // they are not part of the JSON
		if name == "whole" && !reflect.DeepEqual(got, p) {
			t.Errorf("got %+v\nwant %+v", got, p)
		}
		if again, err := json.Marshal(got); err != nil || string(again) != string(text) {
			t.Errorf("%s: %s, %v, want %s", name, again, err, text)
		}
	}
}

func TestPredictOfNoPrediction(t *testing.T) {
	for name, test := range map[string]struct{ body, want string }{
		"empty":         {"", "unexpected end of JSON input"},
		"a page":        {"<html>", "invalid character"},
		"another thing": {`{}`, `its status is ""`},
		"an array":      {`[` + goodPrediction + `]`, "cannot unmarshal array"},
		"two":           {goodPrediction + goodPrediction, "after top-level value"},
		"an error":      {like(`"success"`, `"error"`), `its status is "error"`},
		"no downtime":   {like(`"predicted_downtime": 156.23, `, ""), "no predicted_downtime above 0"},
		"null downtime": {like(`156.23`, "null"), "no predicted_downtime above 0"},
		"no pause":      {like(`156.23`, "0"), "no predicted_downtime above 0"},
		"too large":     {like(`156.23`, "1e999"), "1e999"},
		"a word":        {like(`156.23`, `"NaN"`), "cannot unmarshal string"},
		"upside down":   {like(`"lower": 121`, `"lower": 300`), "no interval"},
		"half open":     {like(`"lower": 121, `, ""), "no interval"},
		"no level":      {like(`, "level": 0.9`, ""), "no interval.level from 0 to 1"},
		"too sure":      {like(`0.87`, "87"), "no confidence from 0 to 1"},
		"no chance":     {like(`"convergence_probability": 0.97, `, ""), "no convergence_probability from 0 to 1"},
	} {
		p, err := asking(t, answers(http.StatusOK, test.body)).Predict(t.Context(), vm())
		if err == nil || !strings.HasPrefix(err.Error(), "the answer of http://vmmp.example/v1/predict is no prediction: ") ||
			!strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %s", name, err, test.want)
		}
		if !reflect.DeepEqual(p, prediction.Prediction{}) {
			t.Errorf("%s: answered %+v beside the error", name, p)
		}
	}
}

// No total time is an answer, too; lists that are missing are empty.
func TestPredictWithoutTotalTime(t *testing.T) {
	for _, body := range []string{like(`8120.4`, "null"), like(`"predicted_total_time_ms": 8120.4,`, ""), like(`"warnings": ["w"], "hints": []`, `"more": 1`)} {
		p, err := asking(t, answers(http.StatusOK, body)).Predict(t.Context(), vm())
		if err != nil || strings.Contains(body, "8120.4") == math.IsNaN(float64(p.PredictedTotalTimeMS)) || p.Warnings == nil || p.Hints == nil {
			t.Errorf("%s: %+v, %v", body, p, err)
		}
	}
}

// Whatever a server answers is a sound prediction or an error.
func FuzzReadPrediction(f *testing.F) {
	f.Add([]byte(goodPrediction))
	f.Add([]byte(like("8120.4", "null")))
	f.Add([]byte(`{"status":"success"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := readPrediction(text)
		if err != nil {
			return
		}
		if !(p.PredictedDowntime > 0) || math.IsInf(p.PredictedDowntime, 0) || !(p.Interval.Lower <= p.Interval.Upper) || math.IsInf(p.Interval.Upper, 0) {
			t.Errorf("%+v", p)
		}
		if _, err := json.Marshal(p); err != nil {
			t.Error(err)
		}
	})
}
