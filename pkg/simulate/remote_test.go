package simulate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

func remote(t *testing.T, h http.HandlerFunc) *Remote {
	t.Helper()
	r, err := NewRemote("http://vmmp.example/v1", "", handled(h))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// answers always answers the same.
func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const (
	goodPrediction = `{"predicted_downtime": 156.23, "confidence": 0.87, "status": "success",
		"interval": {"lower": 121, "upper": 204.5, "level": 0.9}, "predicted_total_time_ms": 8120.4,
		"convergence_probability": 0.97, "support": "measured", "prediction_id": "p1.x",
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

// migrated are records of n simulated migrations.
func migrated(n int) []migration.Record {
	all := make([]migration.Record, n)
	for i := range all {
		o := migration.UnknownOutcome()
		o.DowntimeMS, o.Status = float64(i+1), migration.Completed
		all[i] = migration.Record{Features: vm(), Outcome: o, Source: migration.SourcePrecopy, PredictionID: "p1.x"}
	}
	return all
}

// books is a server that records what it is sent.
type books struct {
	keys, bodies []string
	records      []migration.Record
}

func (b *books) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	var records []migration.Record
	if err = errors.Join(err, json.Unmarshal(text, &records)); err != nil || len(text) > mostReportBytes {
		answers(http.StatusRequestEntityTooLarge, fmt.Sprint(err))(w, r)
		return
	}
	b.keys, b.bodies = append(b.keys, r.Header.Get("Idempotency-Key")), append(b.bodies, string(text))
	b.records = append(b.records, records...)
	answers(http.StatusCreated, fmt.Sprintf(`{"recorded": %d}`, len(records)))(w, r)
}

func TestNewRemote(t *testing.T) {
	for _, base := range []string{"http://127.0.0.1:8001", "https://host", "http://[::1]:8001/", "https://u:secret@host/a/b"} {
		if _, err := NewRemote(base, "secret", nil); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
	for _, base := range []string{"", "host:8001", "127.0.0.1:8001", "ftp://secret@host", "http://", "http://:8001", "/v1", "http:host",
		"http://host?token=secret", "http://host?", "http://host#secret", "http://u:sec%ret@host", "http://host:secret", "http://ho st"} {
		if r, err := NewRemote(base, "", nil); err == nil || r != nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: error %v", base, err)
		}
	}
	for _, token := range []string{"secret\n", "sec ret", "secret\x00", "sécret"} {
		if _, err := NewRemote("http://host", token, nil); err == nil || strings.Contains(err.Error(), "cret") {
			t.Errorf("token %q: error %v", token, err)
		}
	}
}

// The caller's client goes on to follow redirects.
func TestNewRemoteLeavesTheClientAlone(t *testing.T) {
	client := &http.Client{Timeout: time.Minute}
	if r, err := NewRemote("http://host", "", client); err != nil || r.client.Timeout != time.Minute || client.CheckRedirect != nil {
		t.Errorf("error %v, client %+v", err, client)
	}
}

func TestRemoteAsks(t *testing.T) {
	for base, want := range map[string]string{"": "/predict", "/": "/predict", "/a/b": "/a/b/predict", "/a/b/": "/a/b/predict"} {
		var asked *http.Request
		var body []byte
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = r
			body, _ = io.ReadAll(r.Body)
			answers(http.StatusOK, goodPrediction)(w, r)
		}))
		defer server.Close()
		r, err := NewRemote(server.URL+base, "t0ken", server.Client())
		if err != nil {
			t.Fatal(err)
		}
		p, err := r.Predict(t.Context(), vm())
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

func TestRemoteWithoutAToken(t *testing.T) {
	r := remote(t, func(w http.ResponseWriter, r *http.Request) {
		if _, there := r.Header["Authorization"]; there {
			t.Error("sends a token that it does not have")
		}
		answers(http.StatusOK, goodPrediction)(w, r)
	})
	if _, err := r.Predict(t.Context(), vm()); err != nil {
		t.Error(err)
	}
}

// A prediction comes out of JSON as it went in, with a total time or without.
func TestPredictionSurvivesTheWire(t *testing.T) {
	m := embedded(t)
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

func TestRemoteAnswersNoPrediction(t *testing.T) {
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
		p, err := remote(t, answers(http.StatusOK, test.body)).Predict(t.Context(), vm())
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
func TestRemoteAnswersWithoutTotalTime(t *testing.T) {
	for _, body := range []string{like(`8120.4`, "null"), like(`"predicted_total_time_ms": 8120.4,`, ""), like(`"warnings": ["w"], "hints": []`, `"more": 1`)} {
		p, err := remote(t, answers(http.StatusOK, body)).Predict(t.Context(), vm())
		if err != nil || strings.Contains(body, "8120.4") == math.IsNaN(float64(p.PredictedTotalTimeMS)) || p.Warnings == nil || p.Hints == nil {
			t.Errorf("%s: %+v, %v", body, p, err)
		}
	}
}

func TestReport(t *testing.T) {
	var b books
	r := remote(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/v1/migrations" {
			t.Errorf("asked %s %s", r.Method, r.URL)
		}
		b.ServeHTTP(w, r)
	})
	records := migrated(2)
	records[1].Source, records[1].Group, records[1].At = migration.SourceLab, "web-1", time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	records[1].Outcome = migration.UnknownOutcome()
	records[1].Outcome.Status = migration.NotConverged
	for range 2 {
		if err := r.Report(t.Context(), records); err != nil {
			t.Fatal(err)
		}
	}
	const want = `[{"cpu_load":75,"memory_usage":68,"downtime_ms":1,"status":"completed","source":"precopy","prediction_id":"p1.x"},` +
		`{"cpu_load":75,"memory_usage":68,"status":"not_converged","group":"web-1","at":"2026-01-31T12:00:00Z","source":"lab","prediction_id":"p1.x"}]`
	if len(b.bodies) != 2 || b.bodies[0] != want {
		t.Errorf("sent %q, want %s", b.bodies, want)
	}
	if b.keys[0] == "" || b.keys[0] == b.keys[1] {
		t.Errorf("two reports have the keys %q", b.keys)
	}
}

func TestReportOfNothing(t *testing.T) {
	if err := remote(t, unreachable).Report(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// A report whose answer got lost is sent again as the same.
func TestReportIsRecordedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b books
		n := 0
		lost := func(_ http.ResponseWriter, r *http.Request) {
			b.ServeHTTP(httptest.NewRecorder(), r)
			unreachable(nil, nil)
		}
		r := remote(t, inTurn(&n, lost, busy(503, ""), b.ServeHTTP))
		if err := r.Report(t.Context(), migrated(3)); err != nil {
			t.Fatal(err)
		}
		if len(b.keys) != 2 || b.keys[0] == "" || b.keys[0] != b.keys[1] || b.bodies[0] != b.bodies[1] {
			t.Errorf("sent %q with keys %q", b.bodies, b.keys)
		}
	})
}

// The server takes a MiB at a time.
func TestReportOfMany(t *testing.T) {
	var b books
	records := migrated(10_000)
	if err := remote(t, b.ServeHTTP).Report(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	if len(b.bodies) < 2 || len(b.records) != len(records) || len(slices.Compact(slices.Clone(b.keys))) != len(b.keys) {
		t.Errorf("%d bodies with %d records", len(b.bodies), len(b.records))
	}
	for i, r := range b.records {
		if r.Outcome.DowntimeMS != float64(i+1) {
			t.Fatalf("record %d is that of %g ms", i, r.Outcome.DowntimeMS)
		}
	}
	n := 0
	err := remote(t, inTurn(&n, b.ServeHTTP, answers(http.StatusInternalServerError, ""))).Report(t.Context(), records)
	if err == nil || !strings.HasPrefix(err.Error(), "record migrations ") ||
		!strings.HasSuffix(err.Error(), " of 10000: POST http://vmmp.example/v1/migrations: 500 Internal Server Error") || n != 2 {
		t.Errorf("%d requests, error %v", n, err)
	}
}

func TestReportThatIsNotTaken(t *testing.T) {
	for _, test := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"no history", noHistory, 404, "POST http://vmmp.example/v1/migrations: 404 Not Found: this server keeps no history: start it with --history FILE"},
		{"too few", `{"recorded": 1}`, 201, "the answer of http://vmmp.example/v1/migrations does not say that it recorded 2 migrations"},
		{"a page", `<html>`, 200, "the answer of http://vmmp.example/v1/migrations does not say that it recorded 2 migrations"},
	} {
		if err := remote(t, answers(test.status, test.body)).Report(t.Context(), migrated(2)); err == nil || err.Error() != test.want {
			t.Errorf("%s: error %v, want %s", test.name, err, test.want)
		}
	}
}

// What JSON cannot hold is not sent.
func TestRemoteOfAnInfinity(t *testing.T) {
	r := remote(t, func(http.ResponseWriter, *http.Request) { t.Error("something was sent") })
	records := migrated(2)
	records[1].Outcome.TotalTimeMS = math.Inf(1)
	if err := r.Report(t.Context(), records); err == nil || !strings.HasPrefix(err.Error(), "record migration 2: marshal total_time_ms: ") {
		t.Errorf("error %v", err)
	}
	var x migration.Features
	x.Set(migration.CPULoad, math.Inf(1))
	if _, err := r.Predict(t.Context(), x); err == nil || !strings.HasPrefix(err.Error(), "ask for a prediction: marshal cpu_load: ") {
		t.Errorf("error %v", err)
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
