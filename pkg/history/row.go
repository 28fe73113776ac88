package history

import (
	"encoding/json"
	"fmt"
	"time"
)

// row is an entry as a database keeps it, but for what the store gives.
type row struct {
	at         *int64 // microseconds since 1970
	group      string
	source     string
	body       string  // the record as JSON
	prediction *string // as JSON
}

// encodeRows makes rows of entries, each of which decodeEntry will read back.
func encodeRows(entries []Entry) ([]row, error) {
	rows := make([]row, len(entries))
	for i := range entries {
		r, err := encodeRow(entries[i])
		if err != nil {
			return nil, fmt.Errorf("migration %d of the batch cannot be kept: %w", i+1, err)
		}
		rows[i] = r
	}
	return rows, nil
}

func encodeRow(e Entry) (r row, err error) {
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
		r.prediction = new(string(text))
	}
	kept, err := decodeEntry(string(body), r.prediction)
	if err != nil {
		return r, err
	}
	r.body, r.group, r.source = string(body), kept.Group, string(kept.Source)
	if !kept.At.IsZero() {
		r.at = new(kept.At.UnixMicro())
	}
	return r, nil
}

// decodeEntry reads the record and the prediction of an entry. Fields that are
// unknown here, since a newer vmmp wrote them, are left out.
func decodeEntry(body string, prediction *string) (e Entry, err error) {
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
