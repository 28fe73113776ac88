package table

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/history"
	"vmmp/pkg/history/historytest"
)

func TestEncodeRow(t *testing.T) {
	for name, e := range map[string]history.Entry{"full": historytest.FullEntry("web-1"), "empty": historytest.EmptyEntry()} {
		t.Run(name, func(t *testing.T) {
			rows, err := EncodeRows([]history.Entry{e})
			if err != nil {
				t.Fatal(err)
			}
			got, err := decodeEntry(rows[0].Body, rows[0].Prediction)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(historytest.Kept(e, 0, time.Time{}), got, historytest.Equal); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzDecodeEntry reads a row that holds whatever bytes: it is refused, or an entry
// that could be appended as it is.
func FuzzDecodeEntry(f *testing.F) {
	for _, e := range []history.Entry{historytest.FullEntry("web-1"), historytest.EmptyEntry()} {
		r, err := encodeRow(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(r.Body, "null")
		if r.Prediction != nil {
			f.Add(r.Body, *r.Prediction)
		}
	}
	f.Add(`{"cpu_load": 1e400}`, `{"lower": "a"}`)
	f.Add("\xff", "[]")
	f.Add(`{"at": "0000-01-01T00:00:00.1234567+23:59", "group": " a "}`, `{"lower": 1e999}`)
	f.Fuzz(func(t *testing.T, body, prediction string) {
		got, err := decodeEntry(body, &prediction)
		if err != nil {
			return
		}
		r, err := encodeRow(got)
		if err != nil {
			t.Fatal(err)
		}
		again, err := decodeEntry(r.Body, r.Prediction)
		if diff := cmp.Diff(historytest.Kept(got, 0, time.Time{}), again, historytest.Equal); diff != "" || err != nil {
			t.Error(err, diff)
		}
	})
}
