package api

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// conversation is a batch whose rows are sent one by one, and its answers read one by one.
type conversation struct {
	t    testing.TB
	send *io.PipeWriter
	rows *json.Decoder
}

func converse(t testing.TB, address, media, first string) *conversation {
	t.Helper()
	r, w := io.Pipe()
	request, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+address+"/predict/batch", r)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", media)
	c := &conversation{t: t, send: w}
	go c.say(first)
	response, err := (&http.Client{Timeout: patient}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	c.rows = json.NewDecoder(response.Body)
	return c
}

func (c *conversation) say(text string) { _, _ = io.WriteString(c.send, text) }

// hear reads the answer to the next row, which is to be a good one.
func (c *conversation) hear() {
	c.t.Helper()
	var row batchRow
	if err := c.rows.Decode(&row); err != nil || row.Status != "success" {
		c.t.Fatalf("%+v, %v", row, err)
	}
}

// mark reads a bracket.
func (c *conversation) mark(want json.Delim) {
	c.t.Helper()
	if got, err := c.rows.Token(); got != want || err != nil {
		c.t.Fatalf("%v, %v, want %v", got, err, want)
	}
}

// The answer to a row comes before the next row is sent.
func TestRowsAreAnsweredAsTheyCome(t *testing.T) {
	address := listen(t, newServer(t))
	t.Run("lines", func(t *testing.T) {
		c := converse(t, address, mediaNDJSON, someVM+"\n")
		for _, next := range []string{someVM + "\n", "\n" + someVM + "\r\n\r\n", someVM + "\n\n\n", someVM + "\n"} {
			c.hear()
			c.say(next)
		}
		c.hear()
		c.send.Close()
		if _, err := c.rows.Token(); err != io.EOF {
			t.Errorf("after the last row: %v", err)
		}
	})
	t.Run("array", func(t *testing.T) {
		c := converse(t, address, mediaJSON, "["+someVM+",")
		c.mark('[')
		for range 3 {
			c.hear()
			c.say(someVM + ", ")
		}
		c.hear()
		c.say(someVM + "]")
		c.hear()
		c.send.Close()
		c.mark(']')
	})
}

// A client that sends all of a large batch before it reads anything gets all of the answer, although no kernel holds
// that much.
func TestClientThatSendsAllFirst(t *testing.T) {
	const rows, long = 8000, 20
	few, tooLong := strings.Repeat("{}\n", rows/long), strings.Repeat("x", longestRow+1)+"\n"
	body := strings.Repeat(few+tooLong, long) + someVM // of more than 20 MiB, and its answer much more than is held
	v := connect(t, listen(t, newServer(t)))
	if _, err := io.WriteString(v, head("POST", "/predict/batch", body, "Content-Type: application/x-ndjson")); err != nil {
		t.Fatal(err)
	}
	got := batchRows(t, v.answer())
	if want := rows + long + 1; len(got) != want {
		t.Fatalf("%d answers to %d rows", len(got), want)
	}
	for i, row := range got[:rows+long] {
		want := 2 // faults of an empty row
		if i%(rows/long+1) == rows/long {
			want = 1
		}
		if row.Status != "error" || len(row.Errors) != want {
			t.Fatalf("row %d: %+v", i, row)
		}
	}
	if last := got[rows+long]; last.Status != "success" {
		t.Errorf("the last row: %+v", last)
	}
	// The connection is as good as new.
	v.send(head("POST", "/predict", fourFeatures))
	if w := v.answer(); w.Code != http.StatusOK {
		t.Errorf("the next request: %d", w.Code)
	}
}

// A proxy stops sending once it hears the answer: that begins when all has come.
func TestBatchBehindAProxy(t *testing.T) {
	address := listen(t, newServer(t))
	for _, mark := range []string{"X-Forwarded-For: 192.0.2.7", "Forwarded: for=192.0.2.7", "Via: 1.1 proxy"} {
		v, body := connect(t, address), someVM+"\n"+someVM+"\n"
		most := head("POST", "/predict/batch", body, "Content-Type: application/x-ndjson", mark)
		v.send(most[:len(most)-1])
		if err := v.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if n, err := v.Read(make([]byte, 1)); n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("%s: %d bytes of the answer before all of the body, %v", mark, n, err)
		}
		if err := v.SetReadDeadline(time.Now().Add(patient)); err != nil {
			t.Fatal(err)
		}
		v.send("\n")
		if got := batchRows(t, v.answer()); len(got) != 2 {
			t.Errorf("%s: %d answers to 2 rows", mark, len(got))
		}
	}
}

// A kernel holds something of what a client never reads; once it is full the client is let go.
func TestClientThatNeverReadsOverTCP(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Timeouts.Write = 300 * time.Millisecond })
	v := connect(t, listen(t, s))
	// Each row is answered with much more than it is.
	v.send(head("POST", "/predict/batch", strings.Repeat("{}\n", 100_000), "Content-Type: application/x-ndjson"))
	begun := time.Now()
	for testutil.ToFloat64(s.metrics.HTTPRequests.WithLabelValues("POST", "/predict/batch", "200")) == 0 && time.Since(begun) < patient {
		time.Sleep(10 * time.Millisecond)
	}
	if n := testutil.ToFloat64(s.metrics.HTTPInFlight); n != 0 || len(s.batches) != 0 {
		t.Errorf("%g requests and %d batches under way", n, len(s.batches))
	}
	stillAnswers(t, s)
}

// A body that ends before its length is a fault of the client's.
func TestBodyCutShort(t *testing.T) {
	address := listen(t, newServer(t, remembering(t)))
	for _, target := range []string{"/predict", "/migrations", "/predict/batch"} {
		v := connect(t, address)
		v.send("POST " + target + " HTTP/1.1\r\nHost: vmmp\r\nContent-Length: 100\r\n\r\n [" + someVM)
		if err := v.Conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		p := wantProblem(t, v.answer(), http.StatusUnprocessableEntity, "body")
		if p.Errors[0].Message != "was cut short" {
			t.Errorf("%s: %+v", target, p)
		}
		v.gone()
	}
	// What came of a batch is answered all the same.
	const rows = 3 * rowsAtOnce
	v := connect(t, address)
	v.send("POST /predict/batch HTTP/1.1\r\nHost: vmmp\r\nContent-Type: application/x-ndjson\r\nContent-Length: 1000000\r\n\r\n" +
		strings.Repeat(someVM+"\n", rows) + someVM[:10])
	if err := v.Conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got := batchRows(t, v.answer())
	if last := got[len(got)-1]; len(got) != rows+1 || got[rows-1].Status != "success" || len(last.Errors) != 1 || last.Errors[0].Message != "was cut short" {
		t.Errorf("%d answers, the last %+v", len(got), last)
	}
	v.gone()
}

// A chunk that is none is a fault of the client's too.
func TestBrokenChunks(t *testing.T) {
	address := listen(t, newServer(t))
	for _, chunks := range []string{"zz\r\n", "5\r\nabc", "-1\r\n", "ffffffffffffffffff\r\n", "\r\n"} {
		for _, target := range []string{"/predict", "/predict/batch"} {
			v := connect(t, address)
			v.send("POST " + target + " HTTP/1.1\r\nHost: vmmp\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
			if err := v.Conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			wantProblem(t, v.answer(), http.StatusUnprocessableEntity, "body")
		}
	}
}

// What net/http refuses by itself leaves the server as it was.
func TestHeads(t *testing.T) {
	s := newServer(t)
	address := listen(t, s)
	for name, e := range map[string]struct {
		text   string
		status int
	}{
		"a header of 1 MB":      {head("GET", "/health", "", "X-Long: "+strings.Repeat("x", 1<<20)), 431},
		"ten thousand headers":  {head("GET", "/health", "", strings.Split(strings.Repeat("X-Many: x\n", 10_000)+"X: x", "\n")...), 431},
		"a path of 1 MB":        {head("GET", "/"+strings.Repeat("x", 1<<20), ""), 431},
		"a path of 8 kB":        {head("GET", "/"+strings.Repeat("x", 8<<10), ""), 404},
		"no HTTP":               {"hello\r\n\r\n", 400},
		"no host":               {"GET /health HTTP/1.1\r\n\r\n", 400},
		"another version":       {"GET /health HTTP/3.0\r\nHost: vmmp\r\n\r\n", 505},
		"a percent sign":        {head("GET", "/%", ""), 400},
		"two lengths":           {head("POST", "/predict", "", "Content-Length: 1", "Content-Length: 2"), 400},
		"a negative length":     {head("POST", "/predict", "", "Content-Length: -1"), 400},
		"an unknown encoding":   {head("POST", "/predict", "", "Transfer-Encoding: gzip"), 501},
		"an expectation":        {head("POST", "/predict", "", "Expect: miracles"), 417},
		"a whole URL":           {head("GET", "http://elsewhere.example/health", ""), 200},
		"a URL that is no path": {head("CONNECT", "elsewhere.example:443", ""), 404},
	} {
		var sent sync.WaitGroup
		v := connect(t, address)
		sent.Go(func() { v.send(e.text) })
		if w := v.answer(); w.Code != e.status {
			t.Errorf("%s: answered %d %.200s, want %d", name, w.Code, w.Body, e.status)
		}
		v.Close()
		sent.Wait()
		stillAnswers(t, s)
	}
}
