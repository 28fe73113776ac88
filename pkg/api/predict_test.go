package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

// allFeatures knows everything that can be known, and something that cannot.
const allFeatures = `{"cpu_load": 50, "memory_usage": 60, "disk_io": 10, "network_bandwidth": 1000, "bandwidth_cap": 900,
	"memory_mib": 4096, "resident_mib": 4000, "vcpus": 4, "dirty_rate": 20, "working_set_mib": 500,
	"dirty_curve": [{"seconds": 1, "mib": 20}, {"seconds": 10, "mib": 100}],
	"downtime_limit_ms": 300, "timeout_s": 100, "auto_converge": true, "colour": "blue", "dirty_rat": 5}`

func TestPredict(t *testing.T) {
	transcript(t, newServer(t), "predict.golden", []exchange{
		{name: "the four features", method: "POST", target: "/predict", body: fourFeatures, status: 200},
		{name: "with a content type", method: "POST", target: "/predict", body: fourFeatures, header: []string{"Content-Type", "application/json; charset=UTF-8"}, status: 200},
		{name: "explained, within a limit", method: "POST", target: "/predict?explain=true&max_downtime_ms=300", body: `{"cpu_load": 50, "memory_usage": 60, "auto_converge": null}`, status: 200},
		{name: "unknown fields", method: "POST", target: "/predict", body: allFeatures, status: 200},
		{name: "an outcome beside the features", method: "POST", target: "/predict", body: `{"cpu_load": 50, "memory_usage": 60, "downtime_ms": 120, "status": "completed"}`, status: 200},
	})
}

// The demo's client reads three fields of the answer.
func TestPythonDemosClient(t *testing.T) {
	got := read[struct {
		Downtime   float64 `json:"predicted_downtime"`
		Confidence float64 `json:"confidence"`
		Status     string  `json:"status"`
	}](t, do(newServer(t), "POST", "/predict", fourFeatures, "Content-Type", "application/json"), http.StatusOK)
	if !(got.Downtime > 0) || !(got.Confidence > 0 && got.Confidence < 1) || got.Status != "success" {
		t.Errorf("answered %+v", got)
	}
}

// What is answered is what the model says, and nothing else.
func TestPredictIsTheModels(t *testing.T) {
	s := newServer(t, signing("a key of this test"))
	record, _, faults := migration.DecodeJSON([]byte(fourFeatures))
	if faults != nil {
		t.Fatal(faults)
	}
	for query, ask := range map[string]model.Options{
		"":                                   {},
		"?explain=true":                      {Explain: true},
		"?explain=false&max_downtime_ms=300": {Within: 300 * time.Millisecond},
		"?max_downtime_ms=0.5":               {Within: 500 * time.Microsecond},
		"?max_downtime_ms=1e-300":            {Within: 1},
		"?max_downtime_ms=2e9":               {Within: 2e9 * time.Millisecond},
	} {
		ask.Key = s.key
		want, err := json.Marshal(s.model.Load().Predict(record.Features, ask))
		if err != nil {
			t.Fatal(err)
		}
		w := do(s, "POST", "/predict"+query, fourFeatures)
		if got := bytes.TrimSpace(w.Body.Bytes()); w.Code != http.StatusOK || !bytes.Equal(got, want) {
			t.Errorf("%s: %d %s", query, w.Code, cmp.Diff(string(want), string(got)))
		}
	}
}

// A million bytes of fields that mean nothing are warned of in a few lines.
func TestWarningsAreBounded(t *testing.T) {
	var body bytes.Buffer
	body.WriteString(`{"cpu_load": 50, "memory_usage": 60`)
	for i := range 5000 {
		body.WriteString(`, "x` + string(rune('a'+i%26)) + time.Duration(i).String() + `": 1`)
	}
	body.WriteString("}")
	got := read[prediction.Prediction](t, do(newServer(t), "POST", "/predict", body.String()), http.StatusOK)
	if n := len(got.Warnings); n < mostWarnings || n > mostWarnings+5 || got.Warnings[n-1] != "4980 more unknown fields ignored" {
		t.Errorf("%d warnings, the last of them %q", n, got.Warnings[n-1])
	}
}
