package api

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"vmmp/pkg/httpd"
	"vmmp/pkg/metrics"
	"vmmp/pkg/prediction"
)

// batchRow is one answer of a batch, a prediction or a refusal.
type batchRow struct {
	prediction.Prediction
	Errors []struct{ Location, Message string }
}

// postBatch sends rows as an array or as NDJSON and takes the answers apart.
func postBatch(t testing.TB, h http.Handler, media, body string) []batchRow {
	t.Helper()
	return batchRows(t, do(h, "POST", "/predict/batch", body, "Content-Type", media))
}

// batchRows takes the answers of a batch apart.
func batchRows(t testing.TB, w *httptest.ResponseRecorder) []batchRow {
	t.Helper()
	if w.Header().Get("Content-Type") == mediaJSON {
		return read[[]batchRow](t, w, http.StatusOK)
	}
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != mediaNDJSON || w.Body.Len() == 0 {
		t.Fatalf("answered %d as %q: %.500s", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	var all []batchRow
	for lines := bufio.NewScanner(w.Body); lines.Scan(); {
		var one batchRow
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatalf("%.500s: %v", lines.Text(), err)
		}
		all = append(all, one)
	}
	return all
}

// batchBody is rows as the body of a batch.
func batchBody(media string, rows []string) string {
	if media == mediaNDJSON {
		return strings.Join(rows, "\n") + "\n"
	}
	return "[" + strings.Join(rows, ",") + "]"
}

var batchMedia = []string{mediaJSON, mediaNDJSON}

func TestBatch(t *testing.T) {
	s := newServer(t)
	var all []exchange
	for _, media := range batchMedia {
		send := func(name, query, body string) {
			all = append(all, exchange{name: name + " as " + media, method: "POST", target: "/predict/batch" + query, body: body, header: []string{"Content-Type", media}, status: 200})
		}
		rows := []string{fourFeatures, `{"cpu_load": 101, "colour": "blue"}`, `{"cpu_load": 50, "memory_usage": 60, "colour": "blue"}`}
		send("two good rows around a bad one", "?max_downtime_ms=300", batchBody(media, rows))
		send("one row explained", "?explain=true", batchBody(media, rows[:1]))
		send("no row", "", batchBody(media, nil))
	}
	transcript(t, s, "batch.golden", all)
	if n := testutil.ToFloat64(s.metrics.PredictionFaults.WithLabelValues(metrics.EndpointBatch)); n != 2 {
		t.Errorf("%g refused rows counted, not 2", n)
	}
}

// A thousand rows, faults in the first, the 500th and the last: those are answered with what is wrong with them, and
// where, the others as if they had come alone.
func TestBatchOfAThousandRows(t *testing.T) {
	const n = 1000
	faulty := map[int]string{0: `{"cpu_load": 101, "memory_usage": 60}`, 499: `{"cpu_load": `, n - 1: `{"memory_usage": 60}`}
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"cpu_load": %d, "memory_usage": 60}`, i%101)
		if row, bad := faulty[i]; bad {
			rows[i] = row
		}
	}
	wantAt := map[int]string{0: "body[0].cpu_load", 499: "body[499]", n - 1: "body[999].cpu_load"}
	s := newServer(t)
	alone := read[prediction.Prediction](t, do(s, "POST", "/predict", rows[700]), http.StatusOK)
	for _, media := range batchMedia {
		if media == mediaJSON {
			rows[499] = `{"cpu_load": }` // in an array brackets must match
		}
		got := postBatch(t, s, media, batchBody(media, rows))
		if len(got) != n {
			t.Fatalf("%s: %d answers to %d rows", media, len(got), n)
		}
		for i, row := range got {
			at, bad := wantAt[i]
			if bad && (row.Status != "error" || len(row.Errors) != 1 || row.Errors[0].Location != at) {
				t.Errorf("%s: row %d is answered %+v, want an error at %s", media, i, row, at)
			}
			if !bad && (row.Status != "success" || row.Errors != nil || !(row.PredictedDowntime > 0)) {
				t.Errorf("%s: row %d is answered %+v", media, i, row)
			}
		}
		if diff := cmp.Diff(alone, got[700].Prediction, cmp.Comparer(sameJSON)); diff != "" {
			t.Errorf("%s: a row in a batch is answered in another way than alone: %s", media, diff)
		}
		stillAnswers(t, s)
	}
}

// sameJSON compares predictions by what goes over the wire.
func sameJSON(a, b prediction.Prediction) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// What is no batch at all is refused before the answer begins.
func TestWhatIsNoBatch(t *testing.T) {
	var all []exchange
	for _, body := range []string{"", " \n", "{}", someVM, "null", `"["`, someVM + "\n" + someVM, "[", "[" + someVM[:20], strings.Repeat("[", deep)} {
		all = append(all, exchange{name: httpd.Clip(strconv.Quote(body)), method: "POST", target: "/predict/batch", body: body, status: 422})
	}
	transcript(t, newServer(t), "nobatch.golden", all)
}

// A batch that ends in the middle is answered as far as it came.
func TestBatchCutShort(t *testing.T) {
	s := newServer(t)
	for _, e := range []struct {
		name, media, body string
		rows              int
		last              string
	}{
		{"in a row of an array", mediaJSON, "[" + someVM + "," + someVM[:10], 2, "ends in the middle of the array"},
		{"after a row of an array", mediaJSON, "[" + someVM, 0, ""},
		{"after a comma", mediaJSON, "[" + someVM + ",", 2, "ends in the middle of the array"},
		{"in a string", mediaJSON, "[" + someVM + `,{"group": "]]]`, 2, "ends in the middle of the array"},
		{"something after the array", mediaJSON, "[" + someVM + "] []", 2, "has something after the array"},
		{"in a line", mediaNDJSON, someVM + "\n" + someVM[:10], 2, "is not valid JSON: it ends too early"},
		{"after a line without its end", mediaNDJSON, someVM + "\n" + someVM, 2, ""},
	} {
		if e.rows == 0 {
			wantProblem(t, do(s, "POST", "/predict/batch", e.body), http.StatusUnprocessableEntity, "body")
			continue
		}
		got := postBatch(t, s, e.media, e.body)
		if len(got) != e.rows || got[0].Status != "success" {
			t.Fatalf("%s: answered %+v", e.name, got)
		}
		last := got[e.rows-1]
		if e.last == "" && last.Status != "success" || e.last != "" && (len(last.Errors) != 1 || last.Errors[0].Message != e.last || last.Errors[0].Location != "body[1]") {
			t.Errorf("%s: the last row is answered %+v, want %q", e.name, last, e.last)
		}
		stillAnswers(t, s)
	}
}

// A row that is too long is passed over, and the batch goes on.
func TestLongRows(t *testing.T) {
	s := newServer(t)
	long := `{"group": "` + strings.Repeat("x", longestRow) + `"}`
	for _, media := range batchMedia {
		for _, rows := range [][]string{{long, someVM, long, someVM}, {someVM, long}, {someVM, long, long, someVM}, {long}} {
			got := postBatch(t, s, media, batchBody(media, rows))
			if len(got) != len(rows) {
				t.Fatalf("%s: %d answers to %d rows", media, len(got), len(rows))
			}
			for i, row := range rows {
				isLong := len(row) > longestRow
				if (got[i].Status == "success") == isLong || isLong && (got[i].Errors[0].Message != errLongRow.Error() || got[i].Errors[0].Location != fmt.Sprintf("body[%d]", i)) {
					t.Errorf("%s: row %d of %d bytes is answered %+v", media, i, len(row), got[i])
				}
			}
		}
	}
}

// endless is a body that never ends: a first row, and then one byte for ever.
type endless struct {
	first io.Reader
	then  byte
	read  int64
}

func (e *endless) Read(b []byte) (int, error) {
	n, err := e.first.Read(b)
	if err == io.EOF {
		for n = range b {
			b[n] = e.then
		}
		n++
	}
	e.read += int64(n)
	return n, nil
}

// A batch that never ends is ended by the server, and then held no more.
func TestEndlessBatch(t *testing.T) {
	s := newServer(t)
	before := heap()
	body := &endless{first: strings.NewReader(someVM + "\n"), then: 'x'}
	got := batchRows(t, answered(s, chunked("POST", "/predict/batch", body), "Content-Type", mediaNDJSON))
	if len(got) != 2 || got[0].Status != "success" || len(got[1].Errors) != 1 || got[1].Errors[0].Message != "is larger than 64 MiB: what follows was not read" {
		t.Errorf("answered %+v", got)
	}
	if body.read > MaxBatchBytes+chunkBytes {
		t.Errorf("%d bytes were read", body.read)
	}
	if grown := heap() - before; grown > 8<<20 {
		t.Errorf("%d bytes are still held", grown)
	}
	stillAnswers(t, s)
}

// heap is what is reachable, in bytes.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
