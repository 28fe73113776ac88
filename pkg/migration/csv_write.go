package migration

import (
	"encoding/csv"
	"fmt"
	"io"
)

// CSVHeader returns the columns that a record is written with: every feature, then the outcome.
func CSVHeader() []string {
	header := make([]string, 0, Count+len(OutcomeColumns))
	for _, d := range Definitions {
		header = append(header, d.Name)
	}
	return append(header, OutcomeColumns...)
}

// CSVCells returns the record as one row below CSVHeader; unknown is empty.
func (r *Record) CSVCells() []string {
	cells := make([]string, 0, Count+len(OutcomeColumns))
	for f := range Feature(Count) {
		cells = append(cells, r.Features.Format(f, curveSeparator))
	}
	for _, column := range OutcomeColumns {
		cells = append(cells, r.formatOutcome(column))
	}
	return cells
}

// WriteCSV writes a header and the records; ReadCSV reads them back unchanged, but for fractions of a second in At.
func WriteCSV(w io.Writer, records []Record) error {
	out := csv.NewWriter(w)
	if err := out.Write(CSVHeader()); err != nil {
		return fmt.Errorf("write csv header: %w", err)
	}
	for i := range records {
		if err := out.Write(records[i].CSVCells()); err != nil {
			return fmt.Errorf("write csv row %d: %w", i+1, err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}
