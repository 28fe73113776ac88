package simulation

import (
	"encoding/json"
	"io"

	"vmmp/cmd/internal/rows"
	"vmmp/pkg/simulate"
)

// Rows writes one migration after the other, none of them held back.
type Rows interface {
	// Write writes one migration. It returns the error of writing.
	Write(*simulate.Migration) error
}

// NewRows returns the rows of a form of output: csv, or else ndjson.
func NewRows(w io.Writer, form string) Rows {
	if form == "csv" {
		return &csvRows{w: w}
	}
	return ndjsonRows{json.NewEncoder(w)}
}

// ndjsonRows writes one migration a line.
type ndjsonRows struct{ encoder *json.Encoder }

// Write implements Rows.
func (n ndjsonRows) Write(m *simulate.Migration) error { return n.encoder.Encode(m) }

// csvRows writes each as it would be recorded, and appends what was predicted. The header comes with the first, since
// a request that is not possible writes nothing.
type csvRows struct {
	w    io.Writer
	rows *rows.CSVWriter
}

// Write implements Rows.
func (c *csvRows) Write(m *simulate.Migration) (err error) {
	if c.rows == nil {
		if c.rows, err = rows.NewCSVWriter(c.w, nil, false); err != nil {
			return err
		}
	}
	if err := c.rows.Write(&rows.Row{Record: m.Record()}, &m.Prediction); err != nil {
		return err
	}
	return c.rows.Close()
}
