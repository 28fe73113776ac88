package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vmmp/pkg/migration"
)

// books is a server that records what it is sent.
type books struct {
	keys, bodies []string
	records      []migration.Record
}

func (b *books) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	var records []migration.Record
	if err = errors.Join(err, json.Unmarshal(text, &records)); err != nil || len(text) > maxBodyBytes {
		answers(http.StatusRequestEntityTooLarge, fmt.Sprint(err))(w, r)
		return
	}
	b.keys, b.bodies = append(b.keys, r.Header.Get("Idempotency-Key")), append(b.bodies, string(text))
	b.records = append(b.records, records...)
	answers(http.StatusCreated, fmt.Sprintf(`{"recorded": %d}`, len(records)))(w, r)
}

func TestRecord(t *testing.T) {
	var b books
	c := asking(t, func(w http.ResponseWriter, r *http.Request) {
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
		if err := c.Record(t.Context(), records); err != nil {
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

func TestRecordOfNothing(t *testing.T) {
	if err := asking(t, unreachable).Record(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// A report whose answer got lost is sent again as the same.
func TestRecordIsRecordedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b books
		n := 0
		lost := func(_ http.ResponseWriter, r *http.Request) {
			b.ServeHTTP(httptest.NewRecorder(), r)
			unreachable(nil, nil)
		}
		c := asking(t, inTurn(&n, lost, busy(503, ""), b.ServeHTTP))
		if err := c.Record(t.Context(), migrated(3)); err != nil {
			t.Fatal(err)
		}
		if len(b.keys) != 2 || b.keys[0] == "" || b.keys[0] != b.keys[1] || b.bodies[0] != b.bodies[1] {
			t.Errorf("sent %q with keys %q", b.bodies, b.keys)
		}
	})
}

// The server takes a MiB at a time.
func TestRecordOfMany(t *testing.T) {
	var b books
	records := migrated(10_000)
	if err := asking(t, b.ServeHTTP).Record(t.Context(), records); err != nil {
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
	err := asking(t, inTurn(&n, b.ServeHTTP, answers(http.StatusInternalServerError, ""))).Record(t.Context(), records)
	if err == nil || !strings.HasPrefix(err.Error(), "record migrations ") ||
		!strings.HasSuffix(err.Error(), " of 10000: POST http://vmmp.example/v1/migrations: 500 Internal Server Error") || n != 2 {
		t.Errorf("%d requests, error %v", n, err)
	}
}

func TestRecordThatIsNotTaken(t *testing.T) {
	for _, test := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"no history", noHistory, 404, "POST http://vmmp.example/v1/migrations: 404 Not Found: this server keeps no history: start it with --history FILE"},
		{"too few", `{"recorded": 1}`, 201, "the answer of http://vmmp.example/v1/migrations does not say that it recorded 2 migrations"},
		{"a page", `<html>`, 200, "the answer of http://vmmp.example/v1/migrations does not say that it recorded 2 migrations"},
	} {
		if err := asking(t, answers(test.status, test.body)).Record(t.Context(), migrated(2)); err == nil || err.Error() != test.want {
			t.Errorf("%s: error %v, want %s", test.name, err, test.want)
		}
	}
}

// What JSON cannot hold is not sent.
func TestInfinityIsNotSent(t *testing.T) {
	c := asking(t, func(http.ResponseWriter, *http.Request) { t.Error("something was sent") })
	records := migrated(2)
	records[1].Outcome.TotalTimeMS = math.Inf(1)
	if err := c.Record(t.Context(), records); err == nil || !strings.HasPrefix(err.Error(), "record migration 2: marshal total_time_ms: ") {
		t.Errorf("error %v", err)
	}
	var x migration.Features
	x.Set(migration.CPULoad, math.Inf(1))
	if _, err := c.Predict(t.Context(), x); err == nil || !strings.HasPrefix(err.Error(), "ask for a prediction: marshal cpu_load: ") {
		t.Errorf("error %v", err)
	}
}

// Under a key of the caller's, a record that is sent again is told as recorded before.
func TestRecordOnce(t *testing.T) {
	var b books
	c := asking(t, func(w http.ResponseWriter, r *http.Request) {
		if slices.Contains(b.keys, r.Header.Get("Idempotency-Key")) {
			w.Header().Set("Idempotent-Replayed", "true")
		}
		b.ServeHTTP(w, r)
	})
	for i, want := range []bool{false, true} {
		if before, err := c.RecordOnce(t.Context(), migrated(1)[0], "mine"); err != nil || before != want {
			t.Errorf("time %d: recorded before %v, %v", i+1, before, err)
		}
	}
	if !slices.Equal(b.keys, []string{"mine", "mine"}) {
		t.Errorf("sent under %q", b.keys)
	}
	refusing := asking(t, answers(http.StatusUnprocessableEntity,
		`{"errors": [{"location": "header.Idempotency-Key", "message": "was used for other migrations"}]}`))
	var refused *Error
	if _, err := refusing.RecordOnce(t.Context(), migrated(1)[0], "mine"); !errors.As(err, &refused) ||
		len(refused.Faults) != 1 || refused.Faults[0].Location != "header.Idempotency-Key" {
		t.Errorf("refused with %v", err)
	}
}
