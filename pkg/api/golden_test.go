package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/httpd"
)

var update = flag.Bool("update", false, "write the golden files anew")

// exchange is one request and the status of its answer.
type exchange struct {
	name, method, target string
	body                 string
	header               []string
	status               int
}

// transcript holds the answers to requests against a golden file. After each request the server must still answer a
// good one.
func transcript(t *testing.T, h http.Handler, golden string, exchanges []exchange) {
	t.Helper()
	var b strings.Builder
	for _, e := range exchanges {
		w := do(h, e.method, e.target, e.body, e.header...)
		if w.Code != e.status {
			t.Errorf("%s: answered %d, want %d", e.name, w.Code, e.status)
		}
		if w.Header().Get(httpd.RequestIDHeader) == "" {
			t.Errorf("%s: the answer has no id", e.name)
		}
		fmt.Fprintf(&b, "## %s\n%s\n", e.name, written(t, e.name, w))
		stillAnswers(t, h)
	}
	compare(t, golden, b.String())
}

// compare fails unless the golden file holds that text.
func compare(t *testing.T, golden, got string) {
	t.Helper()
	path := filepath.Join("testdata", golden)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; go test -update writes it anew):\n%s", path, diff)
	}
}

// shownHeaders are those of an answer that clients rely on.
var shownHeaders = []string{"Content-Type", "Allow", "Accept-Post", "Retry-After", "Idempotent-Replayed"}

// written is an answer as a golden file shows it.
func written(t *testing.T, name string, w *httptest.ResponseRecorder) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintln(&b, w.Code)
	for _, header := range shownHeaders {
		if value := w.Header().Get(header); value != "" {
			fmt.Fprintf(&b, "%s: %s\n", header, value)
		}
	}
	decoder := json.NewDecoder(w.Body)
	decoder.UseNumber()
	for decoder.More() {
		var v any
		if err := decoder.Decode(&v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		fmt.Fprintln(&b, indented(t, masked("", v)))
	}
	return b.String()
}

func indented(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimRight(b.String(), "\n")
}

// ofTheModel are the fields whose values depend on the embedded model, on the clock or on the processor.
var ofTheModel = map[string]bool{
	"predicted_downtime": true, "confidence": true, "lower": true, "upper": true, "predicted_total_time_ms": true,
	"convergence_probability": true, "probability_within_limit": true, "prediction_id": true, "base": true, "factor": true,
	"bytes": true, "provenance": true, "definitions": true, "uptime_seconds": true, "recorded_at": true, "trained_at": true,
}

// masked is v with the kind of value in the place of each that is not the same everywhere, and with other fractions
// rounded.
func masked(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		if ofTheModel[key] {
			return "<object>"
		}
		for k, child := range v {
			v[k] = masked(k, child)
		}
	case []any:
		return maskedList(key, v)
	case json.Number:
		if ofTheModel[key] || key == "prediction" {
			return "<number>"
		}
		return rounded(v)
	case string:
		if ofTheModel[key] || key == "id" || key == "model" {
			return "<text>"
		}
		ours, _, _ := strings.Cut(v, ": invalid character") // what follows is encoding/json's
		return ours
	}
	return v
}

// maskedList leaves of what the model says in words that it says something; what the server warns of by itself stays.
func maskedList(key string, list []any) any {
	kept := []any{}
	for _, v := range list {
		text, _ := v.(string)
		ours := strings.HasPrefix(text, "unknown field ")
		switch {
		case (key != "hints" && key != "warnings") || ours:
			kept = append(kept, masked("", v))
		case len(kept) == 0:
			kept = append(kept, "<text>")
		}
	}
	return kept
}

// rounded is a number to six digits: the last ones differ between processors.
func rounded(n json.Number) json.Number {
	v, err := n.Float64()
	if err != nil || !strings.Contains(n.String(), ".") {
		return n
	}
	return json.Number(strconv.FormatFloat(v, 'g', 6, 64))
}
