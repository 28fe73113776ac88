package table

import (
	"encoding/json"
	"fmt"
	"time"

	"vmmp/pkg/history"
)

// A Row is an entry as a database keeps it, but for its ID and RecordedAt.
type Row struct {
	At         *int64 // microseconds since 1970, nil if unknown
	Group      string
	Source     string
	Site       string
	Body       string  // the record as JSON
	Prediction *string // as JSON, nil if there is none
}

// EncodeRows returns the rows of entries. The error names the first entry that could
// not be read back.
func EncodeRows(entries []history.Entry) ([]Row, error) {
	rows := make([]Row, len(entries))
	for i := range entries {
		r, err := encodeRow(entries[i])
		if err != nil {
			return nil, fmt.Errorf("migration %d of the batch cannot be kept: %w", i+1, err)
		}
		rows[i] = r
	}
	return rows, nil
}

func encodeRow(e history.Entry) (r Row, err error) {
	e.At = e.At.Truncate(time.Microsecond)
	body, err := e.Record.MarshalJSON()
	if err != nil {
		return r, err
	}
	if e.Prediction != nil {
		text, err := json.Marshal(e.Prediction)
		if err != nil {
			return r, err
		}
		r.Prediction = new(string(text))
	}
	kept, err := decodeEntry(string(body), r.Prediction)
	if err != nil {
		return r, err
	}
	r.Body, r.Group, r.Source, r.Site = string(body), kept.Group, string(kept.Source), kept.Site
	if !kept.At.IsZero() {
		r.At = new(kept.At.UnixMicro())
	}
	return r, nil
}

// decodeEntry returns the entry of a row. Fields that are unknown here, since a newer
// vmmp wrote them, are left out.
func decodeEntry(body string, prediction *string) (e history.Entry, err error) {
	if err := e.Record.UnmarshalJSON([]byte(body)); err != nil {
		return e, fmt.Errorf("its record: %w", err)
	}
	e.At = e.At.UTC()
	if prediction != nil {
		if err := json.Unmarshal([]byte(*prediction), &e.Prediction); err != nil {
			return e, fmt.Errorf("its prediction: %w", err)
		}
	}
	return e, nil
}
