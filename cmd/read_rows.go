package cmd

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"vmmp/pkg/migration"
)

// readCSV reads a CSV file with a header.
func (in *input) readCSV(e *env, r io.Reader) error {
	c, err := migration.NewCSVReader(r, migration.CSVOptions{Name: in.name})
	if err != nil {
		return err
	}
	in.header = c.Header()
	for {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			noticeColumns(e, in.name, c.Unknown())
			return nil
		}
		if err != nil {
			return err
		}
		in.rows = append(in.rows, inputRow{record: record, cells: slices.Clone(c.Cells())})
	}
}

// longestLine bounds one line of NDJSON.
const longestLine = 1 << 20

// readNDJSON reads one JSON object a line; empty lines are passed over.
func (in *input) readNDJSON(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestLine)
	number := 1
	for ; lines.Scan(); number++ {
		line := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte("\ufeff")))
		if len(line) == 0 {
			continue
		}
		record, unknown, faults := migration.DecodeJSON(line)
		if len(faults) > 0 {
			return fmt.Errorf("%s: line %d: %s", in.name, number, sentence(faults))
		}
		in.rows = append(in.rows, inputRow{record: record, unknown: unknown})
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf("%s: line %d is longer than %d bytes: one migration a line is expected", in.name, number, longestLine)
	case err != nil:
		return fmt.Errorf("read %s: %w", in.name, err)
	case len(in.rows) == 0:
		return fmt.Errorf("%s: %w", in.name, migration.ErrEmpty)
	}
	return nil
}

// sentence joins the faults of one line. Where the whole line is at fault it is
// not called a body, as that of an HTTP request is.
func sentence(faults migration.Faults) string {
	parts := make([]string, len(faults))
	for i, f := range faults {
		parts[i] = strings.TrimPrefix(f.Location+" "+f.Message, "body ")
	}
	return strings.Join(parts, "; ")
}

// openRows opens a file of rows. The error names the file and the reason.
func openRows(path string) (*os.File, error) {
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
