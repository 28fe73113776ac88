package migration

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// lines reads all rows of text: their records, and the errors in between.
func lines(text string) (records []Record, unknown []string, errs []string) {
	n := NewNDJSONReader(strings.NewReader(text), "f.ndjson")
	for {
		record, names, err := n.Read()
		var fault *RowError
		switch {
		case errors.Is(err, io.EOF):
			return records, unknown, errs
		case err != nil:
			errs = append(errs, err.Error())
			if !errors.As(err, &fault) {
				return records, unknown, errs
			}
		default:
			records, unknown = append(records, record), append(unknown, names...)
		}
	}
}

func TestNDJSON(t *testing.T) {
	for _, test := range []struct {
		name, text    string
		rows          int
		unknown, errs []string
	}{
		{"rows", "{\"cpu_load\": 5}\n\n{}\n", 2, nil, nil},
		{"a mark and CRLF", "\ufeff{\"cpu_load\": 5}\r\n", 1, nil, nil},
		{"nothing", "\n\n", 0, nil, []string{"f.ndjson: no data rows"}},
		{"unknown fields beside known ones", `{"cpu_load": null, "colour": 1}`, 1, []string{"colour"}, nil},
		{"an outcome alone", `{"downtime_ms": 120, "colour": 1}`, 1, []string{"colour"}, nil},
		{"unknown fields alone", "{\"cpuLod\": 80, \"memUsage\": 35}\n{\"cpu_load\": 5}\n{\"return\": {\"status\": \"active\"}}", 1, nil, []string{
			`f.ndjson: line 1: has no known field, but "cpuLod" (did you mean cpu_load?), "memUsage" (did you mean memory_usage?)`,
			`f.ndjson: line 3: has no known field, but "return"`,
		}},
		{"many unknown fields alone", `{"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1, "g": 1}`, 0, nil,
			[]string{`f.ndjson: line 1: has no known field, but "a", "b", "c", "d", "e", and 2 more`}},
		{"faults, and rows behind them", "{\"cpu_load\": 101, \"status\": \"ok\"}\n[]\n{\"cpu_load\": 5}\n{\"cpu_load\":", 1, nil, []string{
			`f.ndjson: line 1: status must be one of completed, forced, not_converged, failed, not "ok"; cpu_load must be 0 to 100 %`,
			`f.ndjson: line 2: must be one JSON object like {"cpu_load": 75, "memory_usage": 68}`,
			"f.ndjson: line 4: is not valid JSON: it ends too early",
		}},
	} {
		records, unknown, errs := lines(test.text)
		if len(records) != test.rows || !slices.Equal(unknown, test.unknown) || !slices.Equal(errs, test.errs) {
			t.Errorf("%s: %d rows, unknown %q, errors\n%s", test.name, len(records), unknown, strings.Join(errs, "\n"))
		}
	}
}

// What is written a line each is read.
func TestNDJSONRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.Custom(drawRecord), 1, 3).Draw(t, "records")
		var b strings.Builder
		for _, r := range want {
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			b.WriteString(string(text) + "\n")
		}
		if got, unknown, errs := lines(b.String()); !slices.EqualFunc(got, want, sameRecord) || unknown != nil || errs != nil {
			t.Fatalf("%+v, unknown %q, %q; was %+v", got, unknown, errs, want)
		}
	})
}

func FuzzNDJSON(f *testing.F) {
	for _, seed := range []string{"", "{}", "{}\n{\"a\": 1}\n", "\ufeff\n{\"cpu_load\": 5}\r\n[", "{\"cpu_load\": 5, \"x\": {}}", "null\nnull", "{\"method\": \"cpr\"}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		records, _, errs := lines(text)
		for _, err := range errs {
			if strings.ContainsAny(err, "\n\r") || !strings.Contains(err, "f.ndjson") {
				t.Errorf("error %q", err)
			}
		}
		for _, r := range records {
			if faults := r.Features.CheckBounds(); faults != nil {
				t.Error(faults)
			}
		}
	})
}
