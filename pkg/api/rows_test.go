package api

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// drain takes all rows, and what ended them if it was not their end. It gives up where rows come without end.
func drain(t rapid.TB, r rows, most int) (all []string, err error) {
	t.Helper()
	for len(all) <= most {
		row, err := r.next()
		switch {
		case errors.Is(err, io.EOF):
			return all, nil
		case errors.Is(err, errLongRow):
			all = append(all, err.Error())
		case err != nil:
			return all, err
		default:
			all = append(all, string(row))
		}
	}
	t.Fatalf("%d rows and no end", len(all))
	return nil, nil
}

func TestElements(t *testing.T) {
	for _, e := range []struct {
		text string
		want []string
		err  error
	}{
		{"[]", nil, nil},
		{" \r\n\t[ ] \n", nil, nil},
		{"[1]", []string{"1"}, nil},
		{` [ {"a": [1, 2]} , "x,]" ,null]`, []string{`{"a": [1, 2]}`, `"x,]"`, "null"}, nil},
		{`["\"]", "\\", "\\\""]`, []string{`"\"]"`, `"\\"`, `"\\\""`}, nil},
		{`[1 2]`, []string{"1 2"}, nil},
		{`[{} {}, 3]`, []string{"{} {}", "3"}, nil},
		{"[,]", []string{"", ""}, nil},
		{"[1,,2]", []string{"1", "", "2"}, nil},
		{"[1,]", []string{"1", ""}, nil},
		{`[}}}, 2]`, []string{"}}}", "2"}, nil},
		{"", nil, errNoArray},
		{"  ", nil, errNoArray},
		{"{}", nil, errNoArray},
		{"1, 2", nil, errNoArray},
		{"[", nil, errCutShort},
		{"[1", nil, errCutShort},
		{"[1,", []string{"1"}, errCutShort},
		{"[[1]", nil, errCutShort},
		{`["]`, nil, errCutShort},
		{"[{]", nil, errCutShort},
		{"[1]]", []string{"1"}, errBehind},
		{"[1] x", []string{"1"}, errBehind},
	} {
		// Whatever the pieces in which a text comes, its rows are the same.
		for name, reader := range map[string]io.Reader{
			"at once": strings.NewReader(e.text), "byte by byte": iotest.OneByteReader(strings.NewReader(e.text)), "end with the data": iotest.DataErrReader(strings.NewReader(e.text)),
		} {
			got, err := drain(t, newElements(reader, 16), len(e.text))
			if !slices.Equal(got, e.want) || !errors.Is(err, e.err) {
				t.Errorf("%q %s: %q, %v, want %q, %v", e.text, name, got, err, e.want, e.err)
			}
		}
	}
}

func TestLines(t *testing.T) {
	for _, e := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"\n\r\n \t\n", nil},
		{"1", []string{"1"}},
		{"1\n", []string{"1"}},
		{"\n1\r\n\n  2 \n\n3", []string{"1", "2", "3"}},
		{"[1]\n{", []string{"[1]", "{"}},
		{strings.Repeat("x", 40) + "\n2", []string{errLongRow.Error(), "2"}},
		{"1\n" + strings.Repeat("x", 40), []string{"1", errLongRow.Error()}},
		{strings.Repeat("x", 40) + "\n" + strings.Repeat("x", 40) + "\n3\n", []string{errLongRow.Error(), errLongRow.Error(), "3"}},
	} {
		for name, reader := range map[string]io.Reader{"at once": strings.NewReader(e.text), "byte by byte": iotest.OneByteReader(strings.NewReader(e.text))} {
			got, err := drain(t, lines{bufio.NewReaderSize(reader, 16)}, len(e.text))
			if !slices.Equal(got, e.want) || err != nil {
				t.Errorf("%q %s: %q, %v, want %q", e.text, name, got, err, e.want)
			}
		}
	}
}

// A reader that fails ends the rows with its error, and those before are answered.
func TestRowsOfAFailingReader(t *testing.T) {
	broken := errors.New("broken")
	for name, r := range map[string]rows{
		"array": newElements(io.MultiReader(strings.NewReader("[1, 2"), iotest.ErrReader(broken)), 16),
		"lines": lines{bufio.NewReaderSize(io.MultiReader(strings.NewReader("1\n2"), iotest.ErrReader(broken)), 16)},
		"skip":  lines{bufio.NewReaderSize(io.MultiReader(strings.NewReader("1\n"+strings.Repeat("x", 40)), iotest.ErrReader(broken)), 16)},
	} {
		if got, err := drain(t, r, 10); !errors.Is(err, broken) || !slices.Equal(got, []string{"1"}) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// ready says that a row has come only where next will not wait.
func TestReadyNeverPromisesTooMuch(t *testing.T) {
	for _, e := range []struct {
		text  string
		ready bool
	}{{"1\n2\n", true}, {"1\n", false}, {"1\n\n", false}, {"1\n \r\n\t\n", false}, {"1\n2", false}, {"1\n\n2\n", true}, {"1\n2\n3", true}} {
		l := lines{bufio.NewReaderSize(strings.NewReader(e.text), 16)}
		if row, err := l.next(); string(row) != "1" || err != nil {
			t.Fatalf("%q: %q, %v", e.text, row, err)
		}
		if got := l.ready(); got != e.ready {
			t.Errorf("after the first row of %q ready says %v", e.text, got)
		}
	}
	for text, ready := range map[string]bool{"[1, 2]": true, "[1]": false, "[1,\n \t": false, "[1": false} {
		e := newElements(strings.NewReader(text+" "), 16)
		if _, err := e.next(); err != nil && text != "[1" {
			t.Fatalf("%q: %v", text, err)
		}
		if got := e.ready(); got != ready {
			t.Errorf("after the first row of %q ready says %v", text, got)
		}
	}
}

// FuzzRows holds the splitter of arrays against encoding/json, on what that takes for an array, and on everything else
// against its own promises.
func FuzzRows(f *testing.F) {
	for _, seed := range []string{
		"", "[]", "[1,2]", "[1", `[{"a":[1,"]"]},null]`, `["\"",  "\\"]`, "[[[[", "[1]]", "{}", "[,]", "\xff[\xff]", "1\n2\n", "\n\n", `["\ud800"]`, "[1 ,\r\n2\t]",
	} {
		f.Add([]byte(seed), byte(16))
	}
	f.Fuzz(func(t *testing.T, text []byte, size byte) {
		if len(text) > 10_000 {
			return // tells no more than a short text
		}
		got, err := drain(t, newElements(bytes.NewReader(text), int(size)), len(text))
		var want []json.RawMessage
		if json.Unmarshal(text, &want) == nil && want != nil {
			if err != nil || len(got) != len(want) {
				t.Fatalf("%q: %q, %v, want %q", text, got, err, want)
			}
			for i := range want {
				if got[i] != string(want[i]) {
					t.Errorf("%q: row %d is %q, want %q", text, i, got[i], want[i])
				}
			}
		}
		held := 0
		for _, row := range got {
			held += len(row)
		}
		if held > len(text) {
			t.Errorf("%d bytes of rows out of %d bytes", held, len(text))
		}
		if _, err := drain(t, lines{bufio.NewReaderSize(bytes.NewReader(text), max(16, int(size)))}, len(text)); err != nil {
			t.Errorf("lines of %q: %v", text, err)
		}
	})
}
