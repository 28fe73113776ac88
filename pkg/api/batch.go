package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vmmp/pkg/metrics"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
)

type batchInput struct {
	Question
	body
}

type batchOutput struct {
	Body func(huma.Context)
}

// refusal is the answer to a faulty row of a batch, in the place of a prediction.
type refusal struct {
	Status string              `json:"status" enum:"error" doc:"The row was not answered"`
	Errors []*huma.ErrorDetail `json:"errors" doc:"Every fault of the row; the location begins with its place in the batch, counted from 0"`
}

func (s *Server) registerBatch(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "predict-batch", Method: http.MethodPost, Path: "/predict/batch", Tags: []string{tagPredict},
		Summary: "Predict many migrations",
		Description: "Takes a JSON array or NDJSON and answers in the same form, one answer per row, in order, while rows still come in; " +
			"behind a proxy, once all have. A faulty row is answered with its errors, and the batch goes on.",
		Errors: append(slices.Clone(bodyErrors), http.StatusServiceUnavailable),
	}, s.predictBatch)
	documentBatch(api)
}

// predictBatch answers rows as they come. What can be refused is refused here,
// before the answer begins.
func (s *Server) predictBatch(ctx context.Context, in *batchInput) (*batchOutput, error) {
	ask, err := in.ask(s.key)
	if err != nil {
		return nil, err
	}
	media, err := in.mediaType(mediaJSON, mediaNDJSON)
	if err != nil {
		return nil, err
	}
	if in.request.ContentLength > MaxBatchBytes {
		return nil, tooLarge(MaxBatchBytes)
	}
	if !s.enterBatch(ctx) {
		return nil, huma.ErrorWithHeaders(problem(http.StatusServiceUnavailable,
			fmt.Sprintf("%d batches are being answered already: try again in a moment", mostBatches)), http.Header{"Retry-After": {"1"}})
	}
	b, err := s.newBatch(in, media, ask)
	if err != nil {
		b.leave()
		return nil, err
	}
	return &batchOutput{func(huma.Context) {
		defer b.leave()
		if proxied(in.request) {
			<-b.inbox.done
		}
		b.run()
	}}, nil
}

// proxied says whether a proxy passed the request on. Most of them, nginx too, stop
// sending what does not fit into a kernel's buffer once the answer begins: the rest
// of a large body would never come.
func proxied(r *http.Request) bool {
	return r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" || r.Header.Get("Via") != ""
}

// enterBatch takes a place among the batches, and waits a while for one.
func (s *Server) enterBatch(ctx context.Context) bool {
	select {
	case s.batches <- struct{}{}:
		return true
	case <-ctx.Done():
	case <-time.After(patience):
	}
	return false
}

// batch is one batch under way.
type batch struct {
	server  *Server
	ask     model.Options
	writer  http.ResponseWriter
	control *http.ResponseController
	inbox   *inbox
	rows    rows
	out     *bufio.Writer
	array   bool       // the answer is one
	number  int        // of the next row
	first   []rowAsked // the row that was read before the answer began
	ended   bool       // no row follows
}

// rowsAtOnce is how many rows are answered together, on all processors.
const rowsAtOnce = 256

// newBatch reads up to the first row, so that a body that is no batch at all can
// still be refused as a whole. The batch is to be left in any case.
func (s *Server) newBatch(in *batchInput, media string, ask model.Options) (*batch, error) {
	b := &batch{server: s, ask: ask, writer: in.writer, control: http.NewResponseController(in.writer), array: media == mediaJSON}
	// A recorder in a test answers after the request in any case.
	_ = b.control.EnableFullDuplex()
	b.inbox = newInbox(http.MaxBytesReader(in.writer, in.request.Body, MaxBatchBytes))
	b.rows = rows(lines{bufio.NewReaderSize(b.inbox, longestRow)})
	if b.array {
		b.rows = newElements(b.inbox, chunkBytes)
	}
	in.writer.Header().Set("Content-Type", media)
	b.out = bufio.NewWriterSize(in.writer, chunkBytes)
	return b, b.begin()
}

// begin looks at the first row.
func (b *batch) begin() error {
	row, err := b.rows.next()
	switch {
	case err == nil:
		b.first = []rowAsked{ask(row)}
	case errors.Is(err, errLongRow):
		b.first = []rowAsked{refuse(err.Error())}
	case errors.Is(err, io.EOF):
		b.ended = true
	case errors.Is(err, errNoArray), errors.Is(err, errCutShort):
		return invalid(&huma.ErrorDetail{Location: "body", Message: err.Error()})
	default:
		return unread(err)
	}
	return nil
}

// leave gives the place up. What the client still sends is not waited for, and
// must not be taken for its next request: the connection ends with the answer.
func (b *batch) leave() {
	defer func() { <-b.server.batches }()
	for !b.inbox.finished(10 * time.Millisecond) {
		// The reader may just have set a deadline of its own: once is not enough.
		_ = b.control.SetReadDeadline(time.Now())
	}
	if !errors.Is(b.inbox.err, io.EOF) {
		closeAfterwards(b.writer)
	}
}

// rowAsked is one row as it was understood.
type rowAsked struct {
	features migration.Features
	warnings []string
	faults   migration.Faults
}

func ask(row []byte) (a rowAsked) {
	a.features, a.warnings, a.faults = request(row)
	return a
}

// refuse is a row that could not be understood.
func refuse(message string) rowAsked {
	return rowAsked{faults: migration.Faults{{Location: "body", Message: message}}}
}

// run answers row after row until the rows, or the client, are gone. The request's
// context would tell too much: it ends where nothing more can be read, as when the
// client sends too slowly or closes its side. Whether it listens shows when it is
// written to.
func (b *batch) run() {
	b.put("[\n")
	for {
		asked := b.gather()
		if len(asked) == 0 {
			break
		}
		b.answer(asked)
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
func (b *batch) gather() []rowAsked {
	asked := b.first
	b.first = nil
	for !b.ended && len(asked) < rowsAtOnce && (len(asked) == 0 || b.rows.ready()) {
		row, err := b.rows.next()
		switch {
		case err == nil:
			asked = append(asked, ask(row))
		case errors.Is(err, io.EOF):
			b.ended = true
		case errors.Is(err, errLongRow):
			asked = append(asked, refuse(err.Error()))
		default:
			b.ended = true
			asked = append(asked, refuse(ending(err)))
		}
	}
	return asked
}

// ending says in words what ended a batch before its end.
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

// answer predicts for the rows that can be answered, on all processors, and writes
// one answer for each row.
func (b *batch) answer(asked []rowAsked) {
	var known []migration.Features
	for i := range asked {
		if len(asked[i].faults) == 0 {
			known = append(known, asked[i].features)
		}
	}
	begun := time.Now()
	predictions := b.server.model.Load().PredictAll(known, b.ask)
	b.server.metrics.PredictionTook(metrics.EndpointBatch, time.Since(begun), len(known))
	for i := range asked {
		if a := &asked[i]; len(a.faults) > 0 {
			b.server.metrics.PredictionFaults.WithLabelValues(metrics.EndpointBatch).Inc()
			b.write(refusal{"error", locate(fmt.Sprintf("body[%d]", b.number), a.faults)})
		} else {
			p := &predictions[0]
			predictions = predictions[1:]
			p.Warnings = append(p.Warnings, a.warnings...)
			b.server.count(metrics.EndpointBatch, p, len(a.warnings))
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
