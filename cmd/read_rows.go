package cmd

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

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
	for number := 1; lines.Scan(); number++ {
		line := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte("\ufeff")))
		if len(line) == 0 {
			continue
		}
		record, unknown, faults := migration.DecodeJSON(line)
		if err := faults.Err(); err != nil {
			return fmt.Errorf("%s: line %d: %w", in.name, number, located{err})
		}
		in.rows = append(in.rows, inputRow{record: record, unknown: unknown})
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf("%s: line %d is longer than %d bytes: one migration a line is expected", in.name, len(in.rows)+1, longestLine)
	case err != nil:
		return fmt.Errorf("read %s: %w", in.name, err)
	case len(in.rows) == 0:
		return fmt.Errorf("%s: %w", in.name, migration.ErrEmpty)
	}
	return nil
}

// located keeps the faults of a line of a file in the sentence that names the
// file and the line.
type located struct{ err error }

func (l located) Error() string { return l.err.Error() }
