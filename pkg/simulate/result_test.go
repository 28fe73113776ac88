package simulate

import (
	"encoding/json"
	"testing"
	"time"
)

// A file of results has these fields, null where unknown.
func TestSavedJSON(t *testing.T) {
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	all := compared(completed(80), completed(1000), completed(160), completed(10), givenUp())
	for i := range all {
		all[i].At = at
	}
	all[1].Name = "database"
	r := Result{Mode: Stress, Seed: 7, Simulations: all, Summary: Summarise(all[:1])}
	text, err := json.Marshal(r.Save(at.Add(time.Minute)))
	if err != nil {
		t.Fatal(err)
	}
	const entry = `"features":{"cpu_load":75,"memory_usage":68},"predicted":100,`
	const stated = `"confidence":0.6,"interval":{"lower":50,"upper":200,"level":0.9},"status":`
	const when = `{"timestamp":"2026-01-31T12:00:00Z",`
	summary, err := json.Marshal(r.Summary)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"timestamp":"2026-01-31T12:01:00Z","mode":"stress","seed":7,"results":[` +
		when + entry + `"actual":80,"accuracy":0.75,"hit":true,"within_25_percent":true,"interval_held":true,` + stated + `"completed"},` +
		when + `"name":"database",` + entry + `"actual":1000,"accuracy":0.09999999999999998,"hit":false,"within_25_percent":false,"interval_held":false,` + stated + `"completed"},` +
		when + entry + `"actual":160,"accuracy":0.625,"hit":false,"within_25_percent":false,"interval_held":true,` + stated + `"completed"},` +
		when + entry + `"actual":10,"accuracy":0,"hit":false,"within_25_percent":false,"interval_held":false,` + stated + `"completed"},` +
		when + entry + `"actual":null,"accuracy":null,"hit":null,"within_25_percent":null,"interval_held":null,` + stated + `"not_converged"}],"summary":` + string(summary) + `}`
	if string(text) != want {
		t.Errorf("\n%s\nwant\n%s", text, want)
	}
	if none, err := json.Marshal((&Result{Mode: Single}).Save(at)); err != nil || !json.Valid(none) {
		t.Errorf("of nothing: %s, %v", none, err)
	}
}

func TestSavedName(t *testing.T) {
	if got, want := SavedName(time.Date(2026, 1, 31, 9, 8, 7, 0, time.UTC)), "simulation_results_20260131_090807.json"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
