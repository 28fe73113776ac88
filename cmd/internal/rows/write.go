package rows

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// Writer writes the answers to many rows in one form.
type Writer interface {
	// Write writes the answer to a row; that to a row with a Fault is that it has none.
	Write(*Row, *prediction.Prediction) error
	// Close writes what is left.
	Close() error
}

// NewWriter returns the writer of the answers to a file in a form of output: csv, ndjson, or else json. As CSV, a file
// without a table of its own is written with all columns.
func NewWriter(w io.Writer, form string, in *File, limited bool) (Writer, error) {
	switch form {
	case CSV:
		header := in.Header
		if header == nil {
			header = in.complete()
		}
		return NewCSVWriter(w, header, limited)
	case NDJSON:
		return &ndjsonRows{bufio.NewWriter(w)}, nil
	}
	return &jsonRows{w: bufio.NewWriter(w)}, nil
}

// complete makes a file without a table one of all columns, and of those that name its VMs. It returns the header.
func (f *File) complete() []string {
	var named, identified bool
	for i := range f.Rows {
		named, identified = named || f.Rows[i].Name != "", identified || f.Rows[i].ID != ""
	}
	names := func(id, name string) (cells []string) {
		if identified {
			cells = append(cells, id)
		}
		if named {
			cells = append(cells, name)
		}
		return cells
	}
	for i := range f.Rows {
		r := &f.Rows[i]
		r.Cells = append(names(r.ID, r.Name), r.Record.CSVCells()...)
	}
	return append(names(idColumn, nameColumn), migration.CSVHeader()...)
}

// predictedColumns are appended to the columns of the input.
var predictedColumns = []string{
	"predicted_downtime", "interval_lower", "interval_upper", "confidence",
	"predicted_total_time_ms", "convergence_probability", "support", "warnings",
}

// CSVWriter repeats the input's cells and appends the prediction's.
type CSVWriter struct {
	w       *csv.Writer
	own     bool // the input was CSV and brought its cells
	limited bool // the probability of staying within the limit was asked for
}

// NewCSVWriter writes the header, and returns what writes the rows.
func NewCSVWriter(w io.Writer, header []string, limited bool) (*CSVWriter, error) {
	c := &CSVWriter{csv.NewWriter(w), header != nil, limited}
	if header == nil {
		header = migration.CSVHeader()
	}
	header = append(append([]string(nil), header...), predictedColumns...)
	if limited {
		header = append(header, "probability_within_limit")
	}
	return c, c.w.Write(header)
}

// Write writes the cells of a row and those of its prediction; of one that has none, the faults as its warnings.
func (c *CSVWriter) Write(row *Row, p *prediction.Prediction) error {
	cells := row.Cells
	if !c.own {
		cells = row.Record.CSVCells()
	}
	if row.Fault != nil {
		cells = append(cells, make([]string, len(predictedColumns)-1)...)
		cells = append(cells, "not answered: "+row.Fault.Error())
		if c.limited {
			cells = append(cells, "")
		}
		return c.w.Write(cells)
	}
	cells = append(cells,
		number(p.PredictedDowntime), number(p.Interval.Lower), number(p.Interval.Upper), number(p.Confidence),
		number(float64(p.PredictedTotalTimeMS)), number(p.ConvergenceProbability), string(p.Support),
		strings.Join(p.Warnings, "; "))
	if c.limited {
		cells = append(cells, number(*p.ProbabilityWithinLimit))
	}
	return c.w.Write(cells)
}

// Close writes what is left.
func (c *CSVWriter) Close() error {
	c.w.Flush()
	return c.w.Error()
}

// ndjsonRows writes one prediction a line.
type ndjsonRows struct{ w *bufio.Writer }

// Write writes a prediction as one line.
func (n *ndjsonRows) Write(row *Row, p *prediction.Prediction) error {
	text, err := answer(row, p)
	if err != nil {
		return err
	}
	_, err = n.w.Write(append(text, '\n'))
	return err
}

// refusal stands in the place of a prediction, in the form in which POST /predict/batch answers a faulty row.
type refusal struct {
	Status string           `json:"status"`
	Errors migration.Faults `json:"errors"`
}

// answer returns what is written as JSON of a row.
func answer(row *Row, p *prediction.Prediction) ([]byte, error) {
	var whole any = p
	if row.Fault != nil {
		whole = refusal{"error", row.Fault.Faults}
	}
	text, err := json.Marshal(whole)
	if err != nil {
		return nil, err
	}
	return row.label(text)
}

// Close writes what is left.
func (n *ndjsonRows) Close() error { return n.w.Flush() }

// jsonRows writes one array of predictions.
type jsonRows struct {
	w    *bufio.Writer
	some bool
}

// Write writes a prediction as one element of the array.
func (j *jsonRows) Write(row *Row, p *prediction.Prediction) error {
	text, err := answer(row, p)
	if err != nil {
		return err
	}
	separator := ",\n"
	if !j.some {
		separator = "[\n"
	}
	j.some = true
	_, err = j.w.WriteString(separator + string(text))
	return err
}

// Close ends the array.
func (j *jsonRows) Close() error {
	if _, err := j.w.WriteString("\n]\n"); err != nil {
		return err
	}
	return j.w.Flush()
}

// number returns v with the digits that mean something; empty when unknown.
func number(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', 8, 64)
}
