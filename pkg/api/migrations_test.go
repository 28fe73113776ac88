package api

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"vmmp/pkg/history"
	"vmmp/pkg/prediction"
)

// recordedPage is a page of GET /migrations as a client reads it.
type recordedPage struct {
	Migrations []map[string]any `json:"migrations"`
	NextCursor string           `json:"next_cursor"`
}

// page is what GET /migrations answers.
func page(t testing.TB, h http.Handler, query string) recordedPage {
	t.Helper()
	return read[recordedPage](t, do(h, "GET", "/migrations"+query, ""), http.StatusOK)
}

func TestRecord(t *testing.T) {
	s := newServer(t, remembering(t))
	transcript(t, s, "record.golden", []exchange{
		{name: "none yet", method: "GET", target: "/migrations", status: 200},
		{name: "one", method: "POST", target: "/migrations", status: 201,
			body: `{"cpu_load": 50, "auto_converge": true, "dirty_curve": [{"seconds": 1, "mib": 12}], "downtime_ms": 120, "total_time_ms": 2000,
				"transferred_mib": 900, "rounds": 4, "status": "completed", "group": "web-1", "at": "2026-01-31T12:00:00Z", "source": "libvirt"}`},
		{name: "several, with a field that means nothing", method: "POST", target: "/migrations", status: 201,
			body: `[{"memory_usage": 60, "downtime_ms": 80.5, "at": "2026-01-31T13:00:00+01:00", "downtime": 5},
				{"memory_usage": 60, "status": "not_converged", "at": "2026-02-01T12:00:00Z", "downtime": 5}]`},
		{name: "none", method: "POST", target: "/migrations", body: "[]", status: 201},
		{name: "with a key", method: "POST", target: "/migrations", body: `{"cpu_load": 50, "downtime_ms": 120, "at": "2026-01-31T12:00:00Z"}`, header: []string{"Idempotency-Key", "first try"}, status: 201},
		{name: "with that key again", method: "POST", target: "/migrations", body: `{"cpu_load": 50, "downtime_ms": 120, "at": "2026-01-31T12:00:00Z"}`, header: []string{"Idempotency-Key", "first try"}, status: 201},
		{name: "the last two", method: "GET", target: "/migrations?limit=2", status: 200},
		{name: "the two before", method: "GET", target: "/migrations?limit=2&cursor=3", status: 200},
	})
	for labels, want := range map[[2]string]float64{{"libvirt", "completed"}: 1, {"api", "completed"}: 2, {"api", "not_converged"}: 1} {
		if n := testutil.ToFloat64(s.metrics.Recorded.WithLabelValues(labels[0], labels[1])); n != want {
			t.Errorf("%g migrations of %s counted, not %g", n, labels, want)
		}
	}
}

// What was predicted before the migration is what is remembered of it.
func TestRecordAPrediction(t *testing.T) {
	s := newServer(t, remembering(t), signing("one key"))
	predicted := read[prediction.Prediction](t, do(s, "POST", "/predict", fourFeatures), http.StatusOK)
	body := fmt.Sprintf(`{"prediction_id": %q, "downtime_ms": 142.5}`, predicted.PredictionID)
	read[recorded](t, do(s, "POST", "/migrations", body), http.StatusCreated)
	kept := page(t, s, "").Migrations[0]
	was := kept["prediction"].(map[string]any)
	if was["predicted_downtime"] != predicted.PredictedDowntime || was["model"] != predicted.Model.ID || was["afterwards"] != nil {
		t.Errorf("predicted %v by %s, remembered %v", predicted.PredictedDowntime, predicted.Model.ID, was)
	}
	if kept["cpu_load"] != 75.5 || kept["network_bandwidth"] != 850.0 || kept["downtime_ms"] != 142.5 {
		t.Errorf("remembered %v", kept)
	}
}

// Any replica takes a prediction_id that another one gave out, whatever its model.
func TestRecordAPredictionOfAnotherServer(t *testing.T) {
	other := newServer(t, signing("a key they share"), func(o *Options) { o.Model = otherModel(t) })
	predicted := read[prediction.Prediction](t, do(other, "POST", "/predict", fourFeatures), http.StatusOK)
	s := newServer(t, remembering(t), signing("a key they share"))
	body := fmt.Sprintf(`{"prediction_id": %q, "downtime_ms": 142.5}`, predicted.PredictionID)
	read[recorded](t, do(s, "POST", "/migrations", body), http.StatusCreated)
	if was := page(t, s, "").Migrations[0]["prediction"].(map[string]any); was["model"] != predicted.Model.ID {
		t.Errorf("remembered %v of model %s", was, predicted.Model.ID)
	}
}

// A migration of which nobody says when it was, was now.
func TestRecordWithoutATime(t *testing.T) {
	s := newServer(t, remembering(t))
	begun := time.Now().Truncate(time.Microsecond)
	read[recorded](t, do(s, "POST", "/migrations", outcome), http.StatusCreated)
	at, err := time.Parse(time.RFC3339, page(t, s, "").Migrations[0]["at"].(string))
	if err != nil || at.Before(begun) || at.After(time.Now()) {
		t.Errorf("at %v, %v, recorded after %v", at, err, begun)
	}
}

func TestForgedPredictions(t *testing.T) {
	s := newServer(t, remembering(t), signing("the key"))
	foreign := newServer(t, signing("another key"))
	unsigned := newServer(t)
	id := func(h http.Handler) string {
		return read[prediction.Prediction](t, do(h, "POST", "/predict", fourFeatures), http.StatusOK).PredictionID
	}
	own := id(s)
	forged := map[string]string{
		"of another key": id(foreign), "without a signature": id(unsigned), "cut short": own[:len(own)-1], "the half of it": own[:len(own)/2],
		"with one letter altered": own[:10] + swapped(own[10]) + own[11:], "of nobody": "p1.e30", "empty in form": "p1.", "another word": "hello", "a million letters": strings.Repeat("p", MaxBodyBytes-100),
	}
	for name, text := range forged {
		w := do(s, "POST", "/migrations", fmt.Sprintf(`{"prediction_id": %q, "downtime_ms": 142.5}`, text))
		if w.Code != http.StatusUnprocessableEntity || w.Body.Len() > 1000 {
			t.Errorf("%s: answered %d %.300s", name, w.Code, w.Body)
		}
		wantProblem(t, w, http.StatusUnprocessableEntity, "body.prediction_id")
	}
	if n := len(page(t, s, "").Migrations); n != 0 {
		t.Errorf("%d forgeries were recorded", n)
	}
	stillAnswers(t, s)
}

func swapped(c byte) string {
	if c == 'a' {
		return "b"
	}
	return "a"
}

// Without a key anybody can write a prediction_id, but not one of the model in service that it never gave.
func TestInventedPrediction(t *testing.T) {
	s := newServer(t, remembering(t))
	p := read[prediction.Prediction](t, do(s, "POST", "/predict", fourFeatures), http.StatusOK)
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(p.PredictionID, "p1."))
	if err != nil {
		t.Fatal(err)
	}
	figure := fmt.Sprintf(`"p":%v`, p.PredictedDowntime)
	invented := strings.Replace(string(text), figure, `"p":142.5`, 1)
	if invented == string(text) {
		t.Fatalf("no %s in %s", figure, text)
	}
	record := func(text string) *httptest.ResponseRecorder {
		id := "p1." + base64.RawURLEncoding.EncodeToString([]byte(text))
		return do(s, "POST", "/migrations", fmt.Sprintf(`{"prediction_id": %q, "downtime_ms": 142.5}`, id))
	}
	wantProblem(t, record(invented), http.StatusUnprocessableEntity, "body.prediction_id")
	read[recorded](t, record(string(text)), http.StatusCreated)
}

func TestBadOutcomes(t *testing.T) {
	var all []exchange
	for _, body := range []string{
		`{"cpu_load": 50}`, `{"cpu_load": 50, "status": "completed"}`, `{"cpu_load": 50, "status": "forced"}`, `{"downtime_ms": 120}`, `{"status": "failed"}`,
		`{"cpu_load": 50, "downtime_ms": 0}`, `{"cpu_load": 50, "downtime_ms": -1}`, `{"cpu_load": 50, "downtime_ms": "120"}`, `{"cpu_load": 50, "downtime_ms": 1e400}`,
		`{"cpu_load": 50, "status": "not_converged", "downtime_ms": 120}`, `{"cpu_load": 50, "downtime_ms": 120, "status": "success", "source": "mars", "at": "yesterday"}`,
		`{"cpu_load": 50, "downtime_ms": 120, "group": "two\nlines"}`, `{"cpu_load": 150, "downtime_ms": 120}`,
		`[` + outcome + `, {"cpu_load": 150, "downtime_ms": 120}, {"cpu_load": 50, "downtime_ms": -1, "status": "?"}, 7, ` + outcome + `, {}]`,
		`[` + outcome + `, {"cpu_load": NaN}]`, `[` + outcome, `[` + outcome + `,]`, `[` + outcome + `] x`, `[[` + outcome + `]]`,
	} {
		all = append(all, exchange{name: body, method: "POST", target: "/migrations", body: body, status: 422})
	}
	key := func(name, key, body string, status int) {
		all = append(all, exchange{name: name, method: "POST", target: "/migrations", body: body, header: []string{"Idempotency-Key", key}, status: status})
	}
	key("a key of control bytes", "a\x01b", outcome, 422)
	key("a key that is no ASCII", "schlüssel", outcome, 422)
	key("a key that is too long", strings.Repeat("k", 256), outcome, 422)
	s := newServer(t, remembering(t))
	transcript(t, s, "outcomes.golden", all)
	if n := len(page(t, s, "").Migrations); n != 0 {
		t.Errorf("%d migrations were recorded", n)
	}
}

func TestIdempotencyKey(t *testing.T) {
	s := newServer(t, remembering(t))
	longest := strings.Repeat("k", 255)
	first := do(s, "POST", "/migrations", outcome, "Idempotency-Key", longest)
	again := do(s, "POST", "/migrations", outcome, "Idempotency-Key", longest)
	if first.Code != http.StatusCreated || first.Header().Get("Idempotent-Replayed") != "" {
		t.Errorf("the first: %d %v", first.Code, first.Header())
	}
	if again.Code != http.StatusCreated || again.Header().Get("Idempotent-Replayed") != "true" {
		t.Errorf("the second: %d %v", again.Code, again.Header())
	}
	if diff := cmp.Diff(first.Body.String(), again.Body.String()); diff != "" {
		t.Errorf("a repetition is answered in another way: %s", diff)
	}
	wantProblem(t, do(s, "POST", "/migrations", `{"cpu_load": 51, "downtime_ms": 120}`, "Idempotency-Key", longest),
		http.StatusUnprocessableEntity, "header.Idempotency-Key")
	if n := len(page(t, s, "").Migrations); n != 1 {
		t.Errorf("%d migrations are recorded, not one", n)
	}
	if n := testutil.ToFloat64(s.metrics.Recorded.WithLabelValues("api", "completed")); n != 1 {
		t.Errorf("%g migrations counted, not one", n)
	}
	stillAnswers(t, s)
}

// An array of nothing but faults is refused with an answer of a size that can be read, and held.
func TestFaultsAreBounded(t *testing.T) {
	s := newServer(t, remembering(t))
	w := do(s, "POST", "/migrations", "["+strings.Repeat("1,", MaxBodyBytes/2-2)+"1]")
	p := read[refused](t, w, http.StatusUnprocessableEntity)
	last := p.Errors[len(p.Errors)-1]
	if len(p.Errors) != mostFaults+1 || p.Errors[mostFaults-1].Location != "body[999]" || last.Location != "body" || w.Body.Len() > 1<<20 {
		t.Errorf("%d faults in %d bytes, the last %+v", len(p.Errors), w.Body.Len(), last)
	}
	stillAnswers(t, s)
}

// What is listed is what was recorded and what the history adds, in one object.
func TestListedIsOneObject(t *testing.T) {
	for _, e := range []history.Entry{{ID: 7}, {ID: 7, Prediction: &history.PastPrediction{Model: "m"}}} {
		text, err := json.Marshal(listed{e})
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(text, &got); err != nil || got["id"] != 7.0 || (got["prediction"] == nil) != (e.Prediction == nil) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
