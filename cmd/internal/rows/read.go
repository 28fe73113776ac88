// Package rows reads files of migrations, whether tables or what tools print of them, and writes the answers to their
// rows.
package rows

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source/printout"
)

// Row is one row of a file.
type Row struct {
	Record   migration.Record
	ID, Name string              // which VM it is of, in the file's own words; empty where it does not say
	Unknown  []string            // fields that mean nothing here, of this row
	Cells    []string            // the row as a table has it, a cell for each column of the header
	Notes    []string            // what else is to be told of it, a sentence each
	Report   *printout.Report    // that the row was made of, of a printout
	Fault    *migration.RowError // why the record is not to be used; nil if it is
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
	return append(warnings, r.Notes...)
}

// File is all of a file: it is read whole before the first row is answered, so that what is no table of migrations
// answers nothing by halves.
type File struct {
	Name    string
	Format  string   // one of Formats
	Header  []string // of a table: a CSV file, or the columns that a printout knows
	Unknown []string // columns that were left out, of a CSV file
	Rows    []Row
}

// Form returns the form in which answers are written that nobody has asked to be of another: that of the file, or CSV.
func (f *File) Form() string {
	if f.Format == NDJSON {
		return NDJSON
	}
	return CSV
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

// Options say how a file is read.
type Options struct {
	Name   string         // what messages call it
	Format string         // one of Formats; empty: as Sniff finds
	Zone   *time.Location // of times that a printout tells without one; nil: that of this machine
}

// Read reads a file. A faulty row is no error: it is among the others, with its Fault.
func Read(r io.Reader, o Options) (*File, error) {
	f := &File{Name: o.Name, Format: o.Format}
	if f.Format == "" {
		f.Format, r = Sniff(r, o.Name)
	}
	if o.Zone == nil {
		o.Zone = time.Local
	}
	switch f.Format {
	case NDJSON:
		return f, f.readNDJSON(r)
	case CSV:
		return f, f.readCSV(r)
	}
	return f, f.readPrintout(r, o)
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
			f.Unknown = withoutNames(c.Unknown())
			return nil
		}
		row := Row{Record: record, Cells: fit(c.Cells(), len(f.Header))}
		row.nameByCells(f.Header)
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
		row := Row{Record: record, Unknown: withoutNames(unknown)}
		if len(row.Unknown) < len(unknown) {
			row.nameByJSON(lines.Line())
		}
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
