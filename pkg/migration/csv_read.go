package migration

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Bounds on one row of a CSV file, far above any real one: without them a hostile header would be read into memory
// whole.
const (
	maxLineBytes = 1 << 20
	maxColumns   = 4096
)

// curveSeparator separates the points of a curve in a CSV cell; the command line uses a comma, which a cell could not
// hold unquoted.
const curveSeparator = ';'

// What is wrong with a CSV file as a whole.
var (
	ErrEmpty     = errors.New("no data rows")
	ErrNoColumns = errors.New("no known column in the header")
)

// CSVOptions holds how to read a CSV file.
type CSVOptions struct {
	Name        string // what to call the file in messages
	GroupColumn string // the column that holds the group; empty: group
}

// A CSVReader reads records from a CSV file with a header, row by row. Columns may stand in any order. An empty cell is
// unknown, as is what spreadsheets, R and Python write in its place: NA, N/A, NaN, null; but in names. Every error
// names the file, the line and the column.
type CSVReader struct {
	options CSVOptions
	csv     *csv.Reader
	header  []string
	column  []func(*Record, string) error // by position; nil: left out
	unknown []string
	cells   []string
	rows    int
}

// NewCSVReader reads the header of r. A byte order mark is skipped. It refuses a header without any known column, with
// a column given twice, or without the group column that the options ask for.
func NewCSVReader(r io.Reader, options CSVOptions) (*CSVReader, error) {
	c := &CSVReader{options: options, csv: csv.NewReader(&lineLimit{r: skipMark(r)})}
	c.csv.ReuseRecord = true
	header, err := c.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: empty file: a header line with columns such as %s is needed",
			options.Name, Definitions[CPULoad].Name)
	}
	if err != nil {
		return nil, c.syntax(err)
	}
	if len(header) > maxColumns {
		return nil, fmt.Errorf("%s: header has %d columns; at most %d are read", options.Name, len(header), maxColumns)
	}
	for _, name := range header {
		c.header = append(c.header, strings.TrimSpace(name))
	}
	return c, c.assign()
}

// assign finds what each column means.
func (c *CSVReader) assign() error {
	group := c.options.GroupColumn
	if group == "" {
		group = "group"
	} else if !slices.Contains(c.header, group) {
		return fmt.Errorf("%s: no group column %q in the header (%q)",
			c.options.Name, group, clip(strings.Join(c.header, ", ")))
	}
	c.column = make([]func(*Record, string) error, len(c.header))
	known := 0
	for i, name := range c.header {
		if slices.Contains(c.header[:i], name) && name != "" {
			return fmt.Errorf("%s: column %q stands twice in the header: remove one", c.options.Name, clip(name))
		}
		c.column[i] = setter(name, group)
		if c.column[i] == nil {
			c.unknown = append(c.unknown, name)
		} else if name != group {
			known++
		}
	}
	if known == 0 {
		return fmt.Errorf("%s: %w, but %s%s; columns are %s, ... and %s", c.options.Name, ErrNoColumns,
			named(c.header), c.otherSeparator(), Definitions[CPULoad].Name, strings.Join(OutcomeColumns, ", "))
	}
	return nil
}

// otherSeparator returns a remark where the header looks separated by something else than commas.
func (c *CSVReader) otherSeparator() string {
	if len(c.header) == 1 && strings.ContainsAny(c.header[0], ";\t") {
		return " (separate the columns by commas)"
	}
	return ""
}

// setter returns what a cell of the named column does to a record; nil for a column that means nothing here.
func setter(name, group string) func(*Record, string) error {
	if f, ok := Lookup(name); ok && name != group {
		return known(func(r *Record, text string) error { return r.Features.Parse(f, text, curveSeparator) })
	}
	switch {
	case name == "site": // whoever keeps sites whole as groups knows them, too
		return func(r *Record, text string) error {
			if name == group {
				r.Group = text
			}
			return setLine(&r.Site, text)
		}
	case name == group:
		name = "group"
	case name == "group" || !slices.Contains(OutcomeColumns, name):
		return nil
	}
	set := func(r *Record, text string) error { return r.setOutcome(name, text) }
	if name == "group" {
		return set // where NA may be North America
	}
	return known(set)
}

// known returns what does the same to a record unless the cell says that the value is unknown.
func known(set func(*Record, string) error) func(*Record, string) error {
	return func(r *Record, text string) error {
		if isUnknown(text) {
			return nil
		}
		return set(r, text)
	}
}

// isUnknown reports whether a cell says that there is no value.
func isUnknown(text string) bool {
	switch strings.ToLower(text) {
	case "", "na", "n/a", "#n/a", "nan", "null":
		return true
	}
	return false
}

// Read returns the next record, or io.EOF after the last. A file without any row ends in ErrEmpty instead. After a
// RowError, with which the record is not to be used, the next row can be read.
func (c *CSVReader) Read() (Record, error) {
	record := Record{Outcome: UnknownOutcome()}
	cells, err := c.csv.Read()
	switch {
	case errors.Is(err, io.EOF) && c.rows == 0:
		return record, fmt.Errorf("%s: %w: only a header was found", c.options.Name, ErrEmpty)
	case errors.Is(err, io.EOF):
		return record, io.EOF
	case err != nil && !errors.Is(err, csv.ErrFieldCount):
		return record, c.syntax(err)
	}
	c.rows, c.cells = c.rows+1, cells
	if err != nil {
		line, _ := c.csv.FieldPos(0)
		return record, &RowError{c.options.Name, line, Faults{{Message: fmt.Sprintf("has %d cells where the header has "+
			"%d columns: give each column a cell, an empty one for unknown", len(cells), len(c.header))}}, true}
	}
	if err := c.set(&record); err != nil {
		return record, err
	}
	return record, nil
}

// set reads the cells into a record. The error names every cell that cannot be read.
func (c *CSVReader) set(record *Record) error {
	var fault *RowError
	for i, text := range c.cells {
		if c.column[i] == nil {
			continue
		}
		err := c.column[i](record, strings.TrimSpace(text))
		if err == nil {
			continue
		}
		if fault == nil {
			line, _ := c.csv.FieldPos(i)
			fault = &RowError{Name: c.options.Name, Line: line, columns: true}
		}
		fault.Faults = append(fault.Faults, Fault{c.header[i], err.Error(), clip(text)})
	}
	if fault == nil {
		return nil
	}
	return fault
}

// Header returns the names of the columns as they stand in the file.
func (c *CSVReader) Header() []string { return c.header }

// Cells returns the last row as it stands in the file; it is valid until the next Read.
func (c *CSVReader) Cells() []string { return c.cells }

// Unknown returns the columns that were left out because they mean nothing here.
func (c *CSVReader) Unknown() []string { return c.unknown }

// Has reports whether the file has the named column.
func (c *CSVReader) Has(name string) bool { return slices.Contains(c.header, name) }

// syntax returns an error that says where the file stopped being CSV.
func (c *CSVReader) syntax(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return fmt.Errorf("%s: line %d, byte %d: %w", c.options.Name, parse.Line, parse.Column, parse.Err)
	}
	return fmt.Errorf("read %s: %w", c.options.Name, err)
}

// ReadCSV reads all records of r, and returns beside them the columns that it left out. An error means that none were
// taken; it names every faulty row, as RowErrors.Err does.
func ReadCSV(r io.Reader, options CSVOptions) (records []Record, unknown []string, err error) {
	c, err := NewCSVReader(r, options)
	if err != nil {
		return nil, nil, err
	}
	var faulty RowErrors
	for {
		record, err := c.Read()
		var fault *RowError
		switch {
		case errors.As(err, &fault):
			faulty = append(faulty, fault)
		case errors.Is(err, io.EOF) && faulty != nil:
			return nil, nil, faulty.Err()
		case errors.Is(err, io.EOF):
			return records, c.unknown, nil
		case err != nil:
			return nil, nil, err
		default:
			records = append(records, record)
		}
	}
}

// skipMark drops the UTF-8 byte order mark that spreadsheets put first.
func skipMark(r io.Reader) io.Reader {
	mark := []byte("\ufeff")
	head := make([]byte, len(mark))
	n, err := io.ReadFull(r, head)
	if n == len(mark) && bytes.Equal(head, mark) {
		return r
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return io.MultiReader(bytes.NewReader(head[:n]), failing{err})
	}
	return io.MultiReader(bytes.NewReader(head[:n]), r)
}

// failing is a reader that only fails.
type failing struct{ err error }

// Read returns the error.
func (f failing) Read([]byte) (int, error) { return 0, f.err }

// lineLimit refuses rows longer than maxLineBytes before they are gathered in memory. A line break within quotation
// marks does not end a row.
type lineLimit struct {
	r      io.Reader
	length int // of the row so far
	breaks int // line breaks before the row
	within int // line breaks in the row so far
	quoted bool
}

// Read reads on, and fails within a row that is too long.
func (l *lineLimit) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for _, b := range p[:n] {
		l.count(b)
		if l.length > maxLineBytes {
			return 0, fmt.Errorf("line %d is longer than %d bytes: not a table of migrations, or a quotation mark is left open",
				l.breaks+1, maxLineBytes)
		}
	}
	return n, err
}

// count takes the next byte.
func (l *lineLimit) count(b byte) {
	l.length++
	switch b {
	case '"':
		l.quoted = !l.quoted
	case '\n':
		l.within++
		if !l.quoted {
			l.breaks, l.within, l.length = l.breaks+l.within, 0, 0
		}
	}
}
