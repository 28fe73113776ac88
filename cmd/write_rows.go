package cmd

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// rowWriter writes the answers to many rows in one form.
type rowWriter interface {
	write(*inputRow, *prediction.Prediction) error
	close() error
}

// newRowWriter makes the writer of a form of output. header is that of a CSV
// input; other inputs are written with all columns.
func newRowWriter(w io.Writer, form string, header []string, limited bool) (rowWriter, error) {
	switch form {
	case "csv":
		return newCSVRows(w, header, limited)
	case "ndjson":
		buffered := bufio.NewWriter(w)
		return &ndjsonRows{buffered, json.NewEncoder(buffered)}, nil
	}
	return &jsonRows{w: bufio.NewWriter(w)}, nil
}

// predictedColumns are appended to the columns of the input.
var predictedColumns = []string{
	"predicted_downtime", "interval_lower", "interval_upper", "confidence",
	"predicted_total_time_ms", "convergence_probability", "support", "warnings",
}

// csvRows repeats the input's cells and appends the prediction's.
type csvRows struct {
	w       *csv.Writer
	own     bool // the input was CSV and brought its cells
	limited bool // the probability of staying within the limit was asked for
}

func newCSVRows(w io.Writer, header []string, limited bool) (*csvRows, error) {
	c := &csvRows{csv.NewWriter(w), header != nil, limited}
	if header == nil {
		header = migration.CSVHeader()
	}
	header = append(append([]string(nil), header...), predictedColumns...)
	if limited {
		header = append(header, "probability_within_limit")
	}
	return c, wrapWrite(c.w.Write(header))
}

func (c *csvRows) write(row *inputRow, p *prediction.Prediction) error {
	cells := row.cells
	if !c.own {
		cells = row.record.CSVCells()
	}
	cells = append(cells,
		number(p.PredictedDowntime), number(p.Interval.Lower), number(p.Interval.Upper), number(p.Confidence),
		number(float64(p.PredictedTotalTimeMS)), number(p.ConvergenceProbability), string(p.Support),
		strings.Join(p.Warnings, "; "))
	if c.limited {
		cells = append(cells, number(*p.ProbabilityWithinLimit))
	}
	return wrapWrite(c.w.Write(cells))
}

func (c *csvRows) close() error {
	c.w.Flush()
	return wrapWrite(c.w.Error())
}

// ndjsonRows writes one prediction a line.
type ndjsonRows struct {
	w       *bufio.Writer
	encoder *json.Encoder
}

func (n *ndjsonRows) write(_ *inputRow, p *prediction.Prediction) error {
	return wrapWrite(n.encoder.Encode(p))
}
func (n *ndjsonRows) close() error { return wrapWrite(n.w.Flush()) }

// jsonRows writes one array of predictions.
type jsonRows struct {
	w    *bufio.Writer
	some bool
}

func (j *jsonRows) write(_ *inputRow, p *prediction.Prediction) error {
	text, err := json.Marshal(p)
	if err != nil {
		return wrapWrite(err)
	}
	separator := ",\n"
	if !j.some {
		separator = "[\n"
	}
	j.some = true
	_, err = j.w.WriteString(separator + string(text))
	return wrapWrite(err)
}

func (j *jsonRows) close() error {
	if _, err := j.w.WriteString("\n]\n"); err != nil {
		return wrapWrite(err)
	}
	return wrapWrite(j.w.Flush())
}

func wrapWrite(err error) error {
	if err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// number is v with the digits that mean something; empty when unknown.
func number(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', 8, 64)
}
