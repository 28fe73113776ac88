package apiload

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httputil"
	"strconv"
)

// answer is an answer of HTTP/1.1 to a POST.
type answer struct {
	status int
	length int // of the body; -1: not told
	// chunked: the body comes in chunks that tell their lengths.
	chunked bool
	last    bool // the server closes the connection after it
	body    []byte
}

// longestBody bounds what is read of an answer.
const longestBody = 16 << 20

// readAnswer reads one answer to its end. It keeps the body in the memory of
// body, which it enlarges where it must. net/http's ReadResponse does the same at
// several times the cost, which would be taken from a server on the same machine.
func readAnswer(in *bufio.Reader, body []byte) (answer, error) {
	var a answer
	for a.status < http.StatusOK { // those below announce another
		if err := a.readHead(in); err != nil {
			return a, err
		}
	}
	err := a.readBody(in, body[:0])
	return a, err
}

// readHead reads the status line and the header.
func (a *answer) readHead(in *bufio.Reader) error {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if err := a.readStatus(line); err != nil {
		return err
	}
	for {
		if line, err = in.ReadSlice('\n'); err != nil {
			return cutShort(err)
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			return nil
		}
		if err := a.readField(line); err != nil {
			return err
		}
	}
}

// readStatus reads a line such as "HTTP/1.1 200 OK".
func (a *answer) readStatus(line []byte) error {
	const lead = "HTTP/1.x "
	*a = answer{length: -1}
	if len(line) < len(lead)+3 || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
		return fmt.Errorf("no answer of HTTP/1.1: %.40q", line)
	}
	a.last = line[len(lead)-2] == '0' // HTTP/1.0
	for _, c := range line[len(lead) : len(lead)+3] {
		if c < '0' || c > '9' {
			return fmt.Errorf("no answer of HTTP/1.1: %.40q", line)
		}
		a.status = a.status*10 + int(c-'0')
	}
	return nil
}

// readField reads from a line of the header where the answer ends.
func (a *answer) readField(line []byte) (err error) {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		return fmt.Errorf("no line of a header: %.40q", line)
	}
	name, value := line[:colon], bytes.TrimSpace(line[colon+1:])
	switch {
	case equalFold(name, "Content-Length"):
		if a.length, err = strconv.Atoi(string(value)); err != nil || a.length < 0 {
			return fmt.Errorf("no Content-Length: %.40q", value)
		}
	case equalFold(name, "Transfer-Encoding"):
		if a.chunked = equalFold(value, "chunked"); !a.chunked {
			return fmt.Errorf("a Transfer-Encoding that was not asked for: %.40q", value)
		}
	case equalFold(name, "Connection") && equalFold(value, "close"):
		a.last = true
	}
	return nil
}

// equalFold compares without regard to case, most often by the length alone.
func equalFold(text []byte, word string) bool {
	return len(text) == len(word) && bytes.EqualFold(text, []byte(word))
}

// readBody reads the body, which ends where the header says.
func (a *answer) readBody(in *bufio.Reader, body []byte) (err error) {
	switch {
	case a.status == http.StatusNoContent || a.status == http.StatusNotModified:
	case a.chunked:
		a.body, err = readChunks(in, body)
	case a.length > longestBody:
		err = errTooLong
	case a.length >= 0:
		if cap(body) < a.length {
			body = make([]byte, a.length)
		}
		a.body = body[:a.length]
		_, err = io.ReadFull(in, a.body)
	default:
		a.last = true
		a.body, err = readAll(in, body)
	}
	return cutShort(err)
}

var errTooLong = fmt.Errorf("an answer of more than %d MiB", longestBody>>20)

// readChunks reads a body in chunks, with what follows it.
func readChunks(in *bufio.Reader, body []byte) ([]byte, error) {
	body, err := readAll(httputil.NewChunkedReader(in), body)
	for err == nil {
		var line []byte
		if line, err = in.ReadSlice('\n'); len(bytes.TrimRight(line, "\r\n")) == 0 {
			break
		}
	}
	return body, err
}

// readAll reads to the end, within bounds.
func readAll(in io.Reader, body []byte) ([]byte, error) {
	b := bytes.NewBuffer(body)
	n, err := b.ReadFrom(io.LimitReader(in, longestBody+1))
	if n > longestBody {
		err = errTooLong
	}
	return b.Bytes(), err
}

// cutShort returns the error of an answer that has begun: its end is not where it should be.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// forecastField is the field that every prediction has.
var forecastField = []byte(`"predicted_downtime":`)

// checkPrediction returns what is wrong with the body of a prediction. It looks for the figure without decoding the
// rest, and reads all of it only where something in it looks like what JSON cannot hold.
func checkPrediction(body []byte) error {
	body = bytes.TrimSpace(body)
	if len(body) < 2 || body[0] != '{' || body[len(body)-1] != '}' {
		return errors.New("is no JSON object")
	}
	at := bytes.Index(body, forecastField)
	if at < 0 {
		return errors.New("has no predicted_downtime")
	}
	figure := bytes.TrimLeft(body[at+len(forecastField):], " ")
	figure = figure[:numberEnd(figure)]
	if v, err := strconv.ParseFloat(string(figure), 64); err != nil || math.IsInf(v, 0) || v < 0 {
		return errors.New("has no number as predicted_downtime")
	}
	if (bytes.Contains(body, []byte("NaN")) || bytes.Contains(body, []byte("Inf"))) && !json.Valid(body) {
		return errors.New("is no JSON: NaN or Inf stands for a number")
	}
	return nil
}

// numberEnd returns the length of the number that text begins with, 0 for none.
func numberEnd(text []byte) int {
	for i, c := range text {
		if (c < '0' || c > '9') && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			return i
		}
	}
	return len(text)
}
