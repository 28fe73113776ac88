package migration

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// longestLine bounds one line of NDJSON, in bytes.
const longestLine = 1 << 20

// NDJSONReader reads migrations from text with one JSON object a line.
type NDJSONReader struct {
	name   string
	lines  *bufio.Scanner
	number int // of the line that was read last
	rows   int
}

// NewNDJSONReader returns a reader of r; errors call it name.
func NewNDJSONReader(r io.Reader, name string) *NDJSONReader {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestLine)
	return &NDJSONReader{name: name, lines: lines}
}

// Read returns the next migration, and its fields that mean nothing here. Empty lines are passed over. It returns
// io.EOF after the last, and an error that wraps ErrEmpty instead if there was none.
func (n *NDJSONReader) Read() (record Record, unknown []string, err error) {
	for n.lines.Scan() {
		n.number++
		line := bytes.TrimSpace(bytes.TrimPrefix(n.lines.Bytes(), []byte("\ufeff")))
		if len(line) == 0 {
			continue
		}
		n.rows++
		record, unknown, faults := DecodeJSON(line)
		if len(faults) > 0 {
			err = fmt.Errorf("%s: line %d: %s", n.name, n.number, sentence(faults))
		}
		return record, unknown, err
	}
	switch err := n.lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		err = fmt.Errorf("%s: line %d is longer than %d bytes: one migration a line is expected",
			n.name, n.number+1, longestLine)
		return record, nil, err
	case err != nil:
		return record, nil, fmt.Errorf("read %s: %w", n.name, err)
	case n.rows == 0:
		return record, nil, fmt.Errorf("%s: %w", n.name, ErrEmpty)
	}
	return record, nil, io.EOF
}

// sentence joins the faults of one line. Where the whole line is at fault it is not called a body, as that of an HTTP
// request is.
func sentence(faults Faults) string {
	parts := make([]string, len(faults))
	for i, f := range faults {
		parts[i] = strings.TrimPrefix(f.Location+" "+f.Message, "body ")
	}
	return strings.Join(parts, "; ")
}
