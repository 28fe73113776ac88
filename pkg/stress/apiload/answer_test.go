package apiload

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func read(text string) (answer, *bufio.Reader, error) {
	in := bufio.NewReader(strings.NewReader(text))
	a, err := readAnswer(in, nil)
	return a, in, err
}

func TestReadAnswer(t *testing.T) {
	for _, c := range []struct {
		text   string
		status int
		body   string
		last   bool
	}{
		{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcNEXT", 200, "abc", false},
		{"HTTP/1.1 200 OK\ncontent-length:3\n\nabcNEXT", 200, "abc", false},
		{"HTTP/1.1 422\r\nContent-Length: 0\r\n\r\nNEXT", 422, "", false},
		{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naNEXT", 200, "a", false},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\nNEXT", 200, "abcde", false},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-After: 1\r\n\r\nNEXT", 200, "a", false},
		{"HTTP/1.1 503 No\r\nConnection: Close\r\nContent-Length: 1\r\n\r\naNEXT", 503, "a", true},
		{"HTTP/1.1 204 No Content\r\n\r\nNEXT", 204, "", false},
		{"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\nNEXT", 304, "", false},
		{"HTTP/1.1 200 OK\r\n\r\nabcNEXT", 200, "abcNEXT", true},
		{"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\naNEXT", 200, "a", true},
	} {
		a, in, err := read(c.text)
		if err != nil || a.status != c.status || string(a.body) != c.body || a.last != c.last {
			t.Errorf("readAnswer(%q) = %d %q last %v, %v", c.text, a.status, a.body, a.last, err)
		}
		rest, _ := io.ReadAll(in)
		if !strings.HasSuffix(c.body, "NEXT") && string(rest) != "NEXT" {
			t.Errorf("readAnswer(%q) leaves %q", c.text, rest)
		}
	}
}

func TestReadAnswerRefuses(t *testing.T) {
	for _, c := range []struct {
		text string
		want error // nil: any
	}{
		{"", io.EOF},
		{"HTTP/1.1 200 OK\r\n", io.ErrUnexpectedEOF},
		{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", io.ErrUnexpectedEOF},
		{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", io.ErrUnexpectedEOF},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na", io.ErrUnexpectedEOF},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", io.ErrUnexpectedEOF},
		{"HTTP/1.1 200 OK\r\nContent-Length: 17000000\r\n\r\n", errTooLong},
		{"HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", longestBody+1), errTooLong},
		{"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", nil},
		{"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", nil},
		{"HTTP/1.1 200 OK\r\nno field\r\n\r\n", nil},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", nil},
		{"HTTP/1.1 2x0 OK\r\n\r\n", nil},
		{"HTTP/2 200\r\n\r\n", nil},
		{"SSH-2.0-OpenSSH_9.2\r\n", nil},
		{"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 8<<10) + "\r\n\r\n", bufio.ErrBufferFull},
	} {
		_, _, err := read(c.text)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("readAnswer(%.60q): %v, want %v", c.text, err, c.want)
		}
	}
}

// What net/http writes is read as net/http reads it, one answer after the other.
func TestReadAnswerLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var wire bytes.Buffer
		var bodies [][]byte
		for range rapid.IntRange(1, 4).Draw(t, "answers") {
			body := rapid.SliceOfN(rapid.Byte(), 0, 5000).Draw(t, "body")
			r := http.Response{
				StatusCode: rapid.SampledFrom([]int{200, 404, 422, 500}).Draw(t, "status"), ProtoMajor: 1, ProtoMinor: 1,
				ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
			}
			if rapid.Bool().Draw(t, "chunked") {
				r.ContentLength, r.TransferEncoding = -1, []string{"chunked"}
			}
			if err := r.Write(&wire); err != nil {
				t.Fatal(err)
			}
			bodies = append(bodies, body)
		}
		in := bufio.NewReader(&wire)
		var kept []byte
		for _, body := range bodies {
			a, err := readAnswer(in, kept)
			if err != nil || !bytes.Equal(a.body, body) {
				t.Fatalf("read %q, %v, want %q", a.body, err, body)
			}
			kept = a.body
		}
	})
}

// Whatever a server answers, reading it ends, and agrees with net/http where both
// understand it.
func FuzzReadAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"))
	f.Add([]byte("HTTP/1.0 503 x\nConnection: close\n\nabc"))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err := readAnswer(bufio.NewReader(bytes.NewReader(text)), nil)
		if err != nil {
			return
		}
		_ = checkPrediction(a.body) // it must not panic
		theirs, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(text)), &http.Request{Method: http.MethodPost})
		if err != nil || theirs.StatusCode < 200 || !theirs.ProtoAtLeast(1, 1) {
			return // we are less strict
		}
		defer theirs.Body.Close()
		body, err := io.ReadAll(theirs.Body)
		if err == nil && len(theirs.TransferEncoding) == 0 && (theirs.StatusCode != a.status || !bytes.Equal(body, a.body)) {
			t.Errorf("%q is read as %d %q, by net/http as %d %q", text, a.status, a.body, theirs.StatusCode, body)
		}
	})
}

func TestCheckPrediction(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{`{"predicted_downtime":156.23,"status":"success"}`, ""},
		{" {\"a\":1,\n \"predicted_downtime\": 1e-3} \n", ""},
		{`{"predicted_downtime":156,"warnings":["unknown field \"NaN\" ignored: Infinity"]}`, ""},
		{`{"predicted_downtime":0}`, ""},
		{``, "is no JSON object"},
		{`[1]`, "is no JSON object"},
		{`{"predicted_downtime":156.23`, "is no JSON object"},
		{`{"downtime":156.23}`, "has no predicted_downtime"},
		{`{"predicted_downtime":NaN}`, "has no number"},
		{`{"predicted_downtime":Infinity}`, "has no number"},
		{`{"predicted_downtime":1e999}`, "has no number"},
		{`{"predicted_downtime":-1}`, "has no number"},
		{`{"predicted_downtime":null}`, "has no number"},
		{`{"predicted_downtime":"156"}`, "has no number"},
		{`{"predicted_downtime":156,"confidence":NaN}`, "NaN or Inf"},
		{`{"predicted_downtime":156,"predicted_total_time_ms":+Inf}`, "NaN or Inf"},
	} {
		err := checkPrediction([]byte(c.body))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("checkPrediction(%q) = %v, want %q", c.body, err, c.want)
		}
	}
}

func BenchmarkReadAnswer(b *testing.B) {
	body := `{"predicted_downtime":156.23` + strings.Repeat(`,"x":12345678`, 80) + "}"
	text := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Sat, 31 Jan 2026 12:00:00 GMT\r\nX-Request-Id: 1\r\nContent-Length: 1069\r\n\r\n" + body)
	source := bytes.NewReader(text)
	in := bufio.NewReaderSize(source, 8<<10)
	var kept []byte
	b.ReportAllocs()
	for b.Loop() {
		source.Reset(text)
		in.Reset(source)
		a, err := readAnswer(in, kept)
		if err == nil {
			err = checkPrediction(a.body)
		}
		if err != nil {
			b.Fatal(err)
		}
		kept = a.body
	}
}
