package api

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"vmmp/pkg/httpd"
	"vmmp/pkg/metrics"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
)

// batch is one batch under way: rows stream in, and their answers out.
type batch struct {
	server  *Server
	options model.Options
	writer  http.ResponseWriter
	control *http.ResponseController
	body    *readAhead
	rows    rows
	out     *bufio.Writer
	array   bool        // the answer is one
	number  int         // of the next row
	first   []parsedRow // the row that was read before the answer began
	ended   bool        // no row follows
}

// rowsAtOnce is how many rows are answered together, on all processors.
const rowsAtOnce = 256

// newBatch reads up to the first row, so that a body that is no batch at all can still be refused as a whole. The batch
// is to be left in any case.
func newBatch(s *Server, w http.ResponseWriter, limited io.Reader, media string, o model.Options) (*batch, error) {
	b := &batch{
		server: s, options: o, writer: w,
		control: http.NewResponseController(w), array: media == mediaJSON,
	}
	// A recorder in a test answers after the request in any case.
	_ = b.control.EnableFullDuplex()
	b.body = newReadAhead(limited)
	b.rows = rows(lines{bufio.NewReaderSize(b.body, longestRow)})
	if b.array {
		b.rows = newElements(b.body, chunkBytes)
	}
	w.Header().Set("Content-Type", media)
	b.out = bufio.NewWriterSize(w, chunkBytes)
	return b, b.begin()
}

// begin looks at the first row.
func (b *batch) begin() error {
	row, err := b.rows.next()
	switch {
	case err == nil:
		b.first = []parsedRow{parseRow(row)}
	case errors.Is(err, errLongRow):
		b.first = []parsedRow{faultyRow(err.Error())}
	case errors.Is(err, io.EOF):
		b.ended = true
	case errors.Is(err, errNoArray), errors.Is(err, errCutShort):
		return httpd.Invalid(httpd.Fault{Location: "body", Message: err.Error()})
	default:
		return httpd.Unread(err)
	}
	return nil
}

// leave lets the next batch begin. What the client still sends is not waited for, and must not be taken for its next
// request: the connection ends with the answer.
func (b *batch) leave() {
	defer b.server.batches.Release()
	for !b.body.finished(10 * time.Millisecond) {
		// The reader may just have set a deadline of its own: once is not enough.
		_ = b.control.SetReadDeadline(time.Now())
	}
	if !errors.Is(b.body.err, io.EOF) {
		httpd.CloseAfterwards(b.writer)
	}
}

// parsedRow is one row as it was understood.
type parsedRow struct {
	features migration.Features
	warnings []string
	faults   migration.Faults
}

func parseRow(row []byte) (p parsedRow) {
	p.features, p.warnings, p.faults = decodeFeatures(row)
	return p
}

// faultyRow returns a row that could not be understood.
func faultyRow(message string) parsedRow {
	return parsedRow{faults: migration.Faults{{Location: "body", Message: message}}}
}

// run writes an answer for row after row until the rows, or the client, are gone. The request's context would tell too
// much: it ends where nothing more can be read, as when the client sends too slowly or closes its side. Whether it
// listens shows when it is written to.
func (b *batch) run() {
	b.put("[\n")
	for {
		parsed := b.gather()
		if len(parsed) == 0 {
			break
		}
		b.predict(parsed)
		if b.rows.ready() {
			continue
		}
		if b.out.Flush() != nil || b.control.Flush() != nil {
			return
		}
	}
	b.put("\n]\n")
	_ = b.out.Flush() // whoever left does not hear it
}

// put writes what makes the answers an array, if they are one.
func (b *batch) put(text string) {
	if b.array {
		_, _ = b.out.WriteString(text) // the next flush tells
	}
}

// gather waits for a row and takes those along that have come already.
func (b *batch) gather() []parsedRow {
	parsed := b.first
	b.first = nil
	for !b.ended && len(parsed) < rowsAtOnce && (len(parsed) == 0 || b.rows.ready()) {
		row, err := b.rows.next()
		switch {
		case err == nil:
			parsed = append(parsed, parseRow(row))
		case errors.Is(err, io.EOF):
			b.ended = true
		case errors.Is(err, errLongRow):
			parsed = append(parsed, faultyRow(err.Error()))
		default:
			b.ended = true
			parsed = append(parsed, faultyRow(ending(err)))
		}
	}
	return parsed
}

// ending returns in words what ended a batch before its end.
func ending(err error) string {
	var large *http.MaxBytesError
	var network net.Error
	switch {
	case errors.As(err, &large):
		return fmt.Sprintf("is larger than %d MiB: what follows was not read", large.Limit>>20)
	case errors.As(err, &network) && network.Timeout():
		return "came too slowly: what follows was not read"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "was cut short"
	}
	return err.Error()
}

// refusal is the answer to a faulty row of a batch, in the place of a prediction.
type refusal struct {
	Status string        `json:"status" enum:"error" doc:"The row was not answered"`
	Errors []httpd.Fault `json:"errors" doc:"Every fault of the row; the location begins with its place in the batch, counted from 0"`
}

// predict answers the rows that can be answered, on all processors, and writes one answer for each row.
func (b *batch) predict(parsed []parsedRow) {
	var known []migration.Features
	for i := range parsed {
		if len(parsed[i].faults) == 0 {
			known = append(known, parsed[i].features)
		}
	}
	begun := time.Now()
	predictions := b.server.model.Load().PredictAll(known, b.options)
	b.server.metrics.PredictionTook(metrics.EndpointBatch, time.Since(begun), len(known))
	for i := range parsed {
		if row := &parsed[i]; len(row.faults) > 0 {
			b.server.metrics.PredictionFaults.WithLabelValues(metrics.EndpointBatch).Inc()
			b.write(refusal{"error", locate(fmt.Sprintf("body[%d]", b.number), row.faults)})
		} else {
			p := &predictions[0]
			predictions = predictions[1:]
			p.Warnings = append(p.Warnings, row.warnings...)
			b.server.count(metrics.EndpointBatch, p, len(row.warnings))
			b.write(p)
		}
		b.number++
	}
}

// write appends one answer. Errors of the writer stay with it until it is flushed.
func (b *batch) write(v any) {
	if b.number > 0 {
		b.put(",\n")
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic("api: answer that JSON cannot hold: " + err.Error())
	}
	_, _ = b.out.Write(text)
	if !b.array {
		_ = b.out.WriteByte('\n')
	}
}
