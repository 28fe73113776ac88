package rows

import (
	"bufio"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"vmmp/pkg/source/printout"
)

// The formats of rows that vmmp itself writes, too.
const (
	CSV    = "csv"
	NDJSON = "ndjson"
)

// Formats lists the formats that are read.
var Formats = func() []string {
	all := []string{CSV, NDJSON}
	for _, f := range printout.Formats {
		all = append(all, string(f))
	}
	return all
}()

// IsFormat reports whether a format is one of Formats.
func IsFormat(format string) bool { return slices.Contains(Formats, format) }

// headBytes is how much of a file decides what it is.
const headBytes = 64 << 10

// Sniff returns the format of a file: what it holds if that is a printout, else what its name says, else CSV. The
// reader that it returns reads the whole of the file. An error of reading is left to that.
func Sniff(r io.Reader, name string) (format string, whole io.Reader) {
	buffered := bufio.NewReaderSize(r, headBytes)
	head, err := buffered.Peek(headBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return byName(name), buffered
	}
	if f, ok := printout.Recognise(head); ok {
		return string(f), buffered
	}
	return byName(name), buffered
}

// byName returns what a file's name says.
func byName(name string) string {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".ndjson", ".jsonl":
		return NDJSON
	}
	return CSV
}
