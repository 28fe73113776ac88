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
	line   []byte
}

// NewNDJSONReader returns a reader of r; errors call it name.
func NewNDJSONReader(r io.Reader, name string) *NDJSONReader {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestLine)
	return &NDJSONReader{name: name, lines: lines}
}

// Read returns the next migration, and its fields that mean nothing here. Empty lines are passed over. It returns
// io.EOF after the last, and an error that wraps ErrEmpty instead if there was none. After a RowError, with which the
// record is not to be used, the next line can be read; a line that has fields, and none that is known, has one.
func (n *NDJSONReader) Read() (record Record, unknown []string, err error) {
	for n.lines.Scan() {
		n.number++
		line := bytes.TrimSpace(bytes.TrimPrefix(n.lines.Bytes(), []byte("\ufeff")))
		if len(line) == 0 {
			continue
		}
		n.rows, n.line = n.rows+1, line
		record, known, unknown, faults := decodeJSON(line)
		if known == 0 && len(unknown) > 0 && len(faults) == 0 {
			faults = Faults{{Message: noKnownField(unknown)}}
		}
		if len(faults) > 0 {
			return record, unknown, &RowError{Name: n.name, Line: n.number, Faults: ofLine(faults)}
		}
		return record, unknown, nil
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

// Line returns the object that was read last, as it stands in the text; it is valid until the next Read.
func (n *NDJSONReader) Line() []byte { return n.line }

// ofLine returns the faults of a line. Where the whole line is at fault it is not called a body, as that of an HTTP
// request is.
func ofLine(faults Faults) Faults {
	for i := range faults {
		if faults[i].Location == "body" {
			faults[i].Location = ""
		}
	}
	return faults
}

// mostUnknownFields bounds the fields that a fault names.
const mostUnknownFields = 5

// noKnownField returns what is wrong with a line of such fields alone.
func noKnownField(unknown []string) string { return "has no known field, but " + named(unknown) }

// named lists the first of unknown fields, each with what was probably meant.
func named(unknown []string) string {
	var names []string
	for _, name := range unknown[:min(mostUnknownFields, len(unknown))] {
		text := fmt.Sprintf("%q", clip(name))
		if near := Nearest(name); near != "" && near != name {
			text += fmt.Sprintf(" (did you mean %s?)", near)
		}
		names = append(names, text)
	}
	if rest := len(unknown) - mostUnknownFields; rest > 0 {
		names = append(names, fmt.Sprintf("and %d more", rest))
	}
	return strings.Join(names, ", ")
}
