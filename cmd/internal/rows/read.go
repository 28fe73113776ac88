// Package rows reads files of migrations, and writes the answers to their rows.
package rows

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"vmmp/pkg/migration"
)

// Row is one row of a file.
type Row struct {
	Record  migration.Record
	Unknown []string            // fields that mean nothing here, of this row
	Cells   []string            // the row of a CSV file as it stands, a cell for each column
	Fault   *migration.RowError // why the record is not to be used; nil if it is
}

// Warnings returns what of the row itself was left out or overruled.
func (r *Row) Warnings() []string {
	var warnings []string
	for _, name := range r.Unknown {
		warnings = append(warnings, migration.UnknownField(name))
	}
	for _, fault := range r.Record.Features.Contradictions() {
		warnings = append(warnings, fault.Location+" "+fault.Message)
	}
	return warnings
}

// File is all of a file: it is read whole before the first row is answered, so that what is no table of migrations
// answers nothing by halves.
type File struct {
	Name    string
	Header  []string // of a CSV file
	Unknown []string // columns that were left out, of a CSV file
	Rows    []Row
}

// Faults returns what is wrong with its rows.
func (f *File) Faults() migration.RowErrors {
	var all migration.RowErrors
	for i := range f.Rows {
		if fault := f.Rows[i].Fault; fault != nil {
			all = append(all, fault)
		}
	}
	return all
}

// Read reads a file in the format csv or ndjson; errors call it name. A faulty row is no error: it is among the others,
// with its Fault.
func Read(r io.Reader, name, format string) (*File, error) {
	f := &File{Name: name}
	if format == "ndjson" {
		return f, f.readNDJSON(r)
	}
	return f, f.readCSV(r)
}

// readCSV reads a CSV file with a header.
func (f *File) readCSV(r io.Reader) error {
	c, err := migration.NewCSVReader(r, migration.CSVOptions{Name: f.Name})
	if err != nil {
		return err
	}
	f.Header = c.Header()
	for {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			f.Unknown = c.Unknown()
			return nil
		}
		row := Row{Record: record, Cells: fit(c.Cells(), len(f.Header))}
		if err != nil && !errors.As(err, &row.Fault) {
			return err
		}
		f.Rows = append(f.Rows, row)
	}
}

// fit returns a copy of the cells of a row with n of them, since a faulty row may have more or fewer.
func fit(cells []string, n int) []string {
	fitted := make([]string, n)
	copy(fitted, cells)
	return fitted
}

// readNDJSON reads one JSON object a line.
func (f *File) readNDJSON(r io.Reader) error {
	lines := migration.NewNDJSONReader(r, f.Name)
	for {
		record, unknown, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		row := Row{Record: record, Unknown: unknown}
		if err != nil && !errors.As(err, &row.Fault) {
			return err
		}
		f.Rows = append(f.Rows, row)
	}
}

// Open opens a file of rows. The error names the file and the reason.
func Open(path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%q is a directory: name a file", path)
	}
	file, err := os.Open(path)
	var reason *fs.PathError
	if errors.As(err, &reason) {
		return nil, fmt.Errorf("%q cannot be read: %w", path, reason.Err)
	}
	return file, err
}
