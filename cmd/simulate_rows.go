package cmd

import (
	"encoding/json"
	"io"

	"vmmp/cmd/internal/rows"
	"vmmp/pkg/simulate"
)

// migrationWriter writes one simulated migration after the other, none of them
// held back.
type migrationWriter interface {
	write(*simulate.Migration) error
}

func newMigrationWriter(w io.Writer, form string) migrationWriter {
	if form == "csv" {
		return &csvMigrations{w: w}
	}
	return ndjsonMigrations{json.NewEncoder(w)}
}

// rowView writes each migration as a row.
type rowView struct {
	migrationWriter
	after func()
}

func (r *rowView) add(m *simulate.Migration, _ *simulate.Accumulator) error { return r.write(m) }

func (r *rowView) end(*simulate.Result) error {
	r.after()
	return nil
}

// ndjsonMigrations writes one migration a line.
type ndjsonMigrations struct{ encoder *json.Encoder }

func (n ndjsonMigrations) write(m *simulate.Migration) error { return wrapWrite(n.encoder.Encode(m)) }

// csvMigrations writes each as it would be recorded, and appends what was
// predicted. The header comes with the first, since a request that is not possible
// writes nothing.
type csvMigrations struct {
	w    io.Writer
	rows *rows.CSVWriter
}

func (c *csvMigrations) write(m *simulate.Migration) (err error) {
	if c.rows == nil {
		if c.rows, err = rows.NewCSVWriter(c.w, nil, false); err != nil {
			return wrapWrite(err)
		}
	}
	if err := c.rows.Write(&rows.Row{Record: m.Record()}, &m.Prediction); err != nil {
		return wrapWrite(err)
	}
	return wrapWrite(c.rows.Close())
}
