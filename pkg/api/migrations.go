package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vmmp/pkg/accuracy"
	"vmmp/pkg/history"
	"vmmp/pkg/httpd"
	"vmmp/pkg/metrics"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

type recordInput struct {
	Key string `header:"Idempotency-Key" maxLength:"255" doc:"Any word of the client's: a repeated request with the same one is answered like the first and recorded once, for at least a day"`
	body
}

type recordOutput struct {
	Replayed string `header:"Idempotent-Replayed" doc:"true where the request was a repetition"`
	Body     recorded
}

type recorded struct {
	Recorded int      `json:"recorded" doc:"How many migrations the request held"`
	IDs      []int64  `json:"ids" doc:"Of the migrations, in the order of the request"`
	Warnings []string `json:"warnings" doc:"What to beware of, in words"`
}

func (s *Server) registerMigrations(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "record-migrations", Method: http.MethodPost, Path: "/migrations", Tags: []string{tagMemory},
		DefaultStatus: http.StatusCreated,
		Summary:       "Record what came of migrations",
		Description: "Takes one migration or an array of them, all or none: features beside the outcome, " +
			"or the prediction_id that /predict returned beside the outcome. What is answered with 201 is on disk.",
		Errors: append(slices.Clone(bodyErrors), http.StatusNotFound, http.StatusServiceUnavailable),
	}, s.recordMigrations)
	documentBody(api, "/migrations", &huma.Schema{OneOf: []*huma.Schema{
		schemaRef(schemaRecord), {Type: huma.TypeArray, Items: schemaRef(schemaRecord)},
	}}, recordExamples)
}

func (s *Server) recordMigrations(ctx context.Context, in *recordInput) (*recordOutput, error) {
	if s.history == nil {
		return nil, errNoHistory
	}
	if in.Key != "" && !isPrintable(in.Key) {
		return nil, httpd.Invalid(httpd.Fault{
			Location: "header.Idempotency-Key", Message: "must be printable ASCII", Value: httpd.Clip(in.Key),
		})
	}
	text, err := in.json()
	if err != nil {
		return nil, err
	}
	batch, warnings, err := s.readRecords(text)
	if err != nil {
		return nil, err
	}
	batch.Key, batch.Digest = in.Key, sha256.Sum256(text)
	receipt, err := s.history.Append(ctx, batch)
	if err != nil {
		return nil, s.notRecorded(ctx, err)
	}
	out := &recordOutput{Body: recorded{len(receipt.IDs), receipt.IDs, warnings}}
	if receipt.Replayed {
		out.Replayed = "true"
		return out, nil
	}
	s.tracker.Changed()
	for i := range batch.Entries {
		e := &batch.Entries[i]
		s.metrics.Recorded.WithLabelValues(string(e.Source), statusLabel(e.Outcome.Status)).Inc()
	}
	return out, nil
}

// notRecorded returns the answer to a batch that was not appended.
func (s *Server) notRecorded(ctx context.Context, err error) error {
	if errors.Is(err, history.ErrKeyReused) {
		return httpd.Invalid(httpd.Fault{
			Location: "header.Idempotency-Key", Message: "was used for other migrations: take another one for these",
		})
	}
	return s.unavailable(ctx, metrics.HistoryAppend, err)
}

// readRecords reads one migration or an array of them. The error is the answer and names every fault of every
// migration.
func (s *Server) readRecords(text []byte) (history.Batch, []string, error) {
	texts, single, err := splitArray(text)
	if err != nil {
		return history.Batch{}, nil, httpd.Invalid(httpd.Fault{Location: "body", Message: err.Error()})
	}
	var found []httpd.Fault
	batch, warnings := history.Batch{Entries: make([]history.Entry, 0, len(texts))}, []string{}
	now, m := time.Now().UTC().Truncate(time.Microsecond), s.model.Load()
	for i, one := range texts {
		at := "body"
		if !single {
			at = fmt.Sprintf("body[%d]", i)
		}
		record, unknown, faults := migration.DecodeJSON(one)
		var entry history.Entry
		if len(faults) == 0 {
			entry, faults = accuracy.Match(inService{m}, s.key, record)
		}
		if found = append(found, locate(at, faults)...); len(found) > mostFaults {
			found = append(found[:mostFaults], httpd.Fault{
				Location: "body", Message: "has more faults, which are named once these are mended",
			})
			break
		}
		if entry.At.IsZero() {
			entry.At = now
		}
		batch.Entries = append(batch.Entries, entry)
		for _, warning := range unknownFields(unknown) {
			warnings = appendNew(warnings, warning)
		}
	}
	if len(found) > 0 {
		return history.Batch{}, nil, httpd.Invalid(found...)
	}
	return batch, warnings, nil
}

// inService is the model that answers, as accuracy.Match asks it.
type inService struct{ *model.Model }

// Predict implements accuracy.Predictor.
func (m inService) Predict(x migration.Features) prediction.Prediction {
	return m.Model.Predict(x, model.Options{})
}

// mostFaults bounds the faults that an answer names: a body has room for half a million.
const mostFaults = 1000

// appendNew adds a warning that was not given yet: an array tends to repeat its mistakes.
func appendNew(warnings []string, warning string) []string {
	if slices.Contains(warnings, warning) || len(warnings) > mostWarnings {
		return warnings
	}
	return append(warnings, warning)
}

// splitArray takes a JSON array apart; what is no array is one migration.
func splitArray(text []byte) (texts [][]byte, single bool, err error) {
	if trimmed := trim(text); len(trimmed) == 0 || trimmed[0] != '[' {
		return [][]byte{text}, true, nil
	}
	e := newElements(bytes.NewReader(text), min(len(text)+1, chunkBytes))
	for {
		row, err := e.next()
		if errors.Is(err, io.EOF) {
			return texts, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		texts = append(texts, bytes.Clone(row))
	}
}

func isPrintable(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' })
}
