package api

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// longestRow bounds one row of a batch.
const longestRow = MaxBodyBytes

// rows takes the rows out of a body one by one. A row is the text of one value; whether that is valid is not looked at
// here.
type rows interface {
	// next returns the next row, valid until the one after, or io.EOF after the last. errLongRow stands for a row that
	// was passed over; any other error ends the batch.
	next() ([]byte, error)
	// ready reports whether another row seems to have come already.
	ready() bool
}

// What ends a batch, or skips a row of it.
var (
	errLongRow  = errors.New("is longer than 1 MiB")
	errNoArray  = errors.New("must be a JSON array of objects, or NDJSON sent as Content-Type " + mediaNDJSON)
	errCutShort = errors.New("ends in the middle of the array")
	errBehind   = errors.New("has something after the array")
)

// lines are the rows of NDJSON. Empty lines are passed over.
type lines struct{ r *bufio.Reader }

func (l lines) next() ([]byte, error) {
	for {
		line, err := l.line()
		if len(trim(line)) > 0 && err == nil || err != nil {
			return trim(line), err
		}
	}
}

func (l lines) ready() bool {
	come, _ := l.r.Peek(l.r.Buffered()) // no more than is there: no error
	end := bytes.LastIndexByte(come, '\n')
	return end >= 0 && len(trim(come[:end])) > 0
}

// line returns the next line; the last one may lack its end.
func (l lines) line() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, l.skip()
	case errors.Is(err, io.EOF) && len(trim(line)) > 0:
		return line, nil
	}
	return line, err
}

// skip passes over the rest of a line that is too long.
func (l lines) skip() error {
	for {
		_, err := l.r.ReadSlice('\n')
		if err == nil || errors.Is(err, io.EOF) {
			return errLongRow
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// elements are the rows of a JSON array. It is split by brackets, strings and commas alone, so that a row which is no
// valid JSON is a fault of that row, and not of those behind it.
type elements struct {
	r     *bufio.Reader
	state int
	row   []byte
}

// newElements splits what comes from r, in pieces of that size.
func newElements(r io.Reader, size int) *elements {
	return &elements{r: bufio.NewReaderSize(r, size)}
}

// The states of elements.
const (
	beforeArray = iota
	beforeFirst
	betweenRows // after a row
	afterComma  // a row must follow
	afterArray
)

func (e *elements) next() ([]byte, error) {
	for {
		c, err := e.nonSpace()
		if errors.Is(err, io.EOF) && e.state != afterArray {
			return nil, errEarly(e.state)
		}
		if err != nil {
			return nil, err
		}
		switch {
		case e.state == afterArray:
			return nil, errBehind
		case e.state == beforeArray && c == '[':
			e.state = beforeFirst
		case e.state == beforeArray:
			return nil, errNoArray
		case c == ']' && e.state != afterComma:
			e.state = afterArray
		case e.state == betweenRows && c == ',':
			e.state = afterComma
		default:
			e.state = betweenRows
			return e.element(c)
		}
	}
}

func errEarly(state int) error {
	if state == beforeArray {
		return errNoArray
	}
	return errCutShort
}

func (e *elements) ready() bool {
	come, _ := e.r.Peek(e.r.Buffered()) // no more than is there: no error
	return bytes.ContainsFunc(come, func(c rune) bool { return c != ',' && c != ']' && (c > ' ' || !isSpace(byte(c))) })
}

// nonSpace reads up to the next byte that is no white space.
func (e *elements) nonSpace() (byte, error) {
	for {
		c, err := e.r.ReadByte()
		if err != nil || !isSpace(c) {
			return c, err
		}
	}
}

// element reads the row that begins with c, up to the comma or bracket that ends it, which is left unread.
func (e *elements) element(c byte) ([]byte, error) {
	e.row = e.row[:0]
	var n nesting
	long := false
	for {
		if n.ends(c) {
			if err := e.r.UnreadByte(); err != nil {
				return nil, err
			}
			if long {
				return nil, errLongRow
			}
			return trim(e.row), nil
		}
		if long = long || len(e.row) >= longestRow; !long {
			e.row = append(e.row, c)
		}
		n.pass(c)
		var err error
		if c, err = e.r.ReadByte(); errors.Is(err, io.EOF) {
			return nil, errCutShort
		} else if err != nil {
			return nil, err
		}
	}
}

// nesting follows how deep in brackets a text is, and whether in a string.
type nesting struct {
	depth           int
	quoted, escaped bool
}

// ends reports whether c, outside of all brackets and strings, ends a row.
func (n *nesting) ends(c byte) bool {
	return n.depth == 0 && !n.quoted && (c == ',' || c == ']')
}

func (n *nesting) pass(c byte) {
	switch {
	case n.escaped:
		n.escaped = false
	case n.quoted && c == '\\':
		n.escaped = true
	case c == '"':
		n.quoted = !n.quoted
	case n.quoted:
	case c == '{' || c == '[':
		n.depth++
	case c == '}' || c == ']':
		n.depth = max(0, n.depth-1)
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// trim cuts white space off both ends.
func trim(text []byte) []byte {
	for len(text) > 0 && isSpace(text[0]) {
		text = text[1:]
	}
	for len(text) > 0 && isSpace(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	return text
}
