package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
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
		OperationID: "record-migrations", Method: http.MethodPost, Path: "/migrations", Tags: []string{tagMemory}, DefaultStatus: http.StatusCreated,
		Summary: "Record what came of migrations",
		Description: "Takes one migration or an array of them, all or none: features beside the outcome, or the prediction_id that /predict " +
			"returned beside the outcome. What is answered with 201 is on disk.",
		Errors: append(slices.Clone(bodyErrors), http.StatusNotFound, http.StatusServiceUnavailable),
	}, s.record)
	documentBody(api, "/migrations", recordsSchema(), recordExamples)
	s.registerList(api)
	s.registerAccuracy(api)
}

func (s *Server) record(ctx context.Context, in *recordInput) (*recordOutput, error) {
	if s.history == nil {
		return nil, errNoHistory
	}
	if in.Key != "" && !isPrintable(in.Key) {
		return nil, invalid(&huma.ErrorDetail{Location: "header.Idempotency-Key", Message: "must be printable ASCII", Value: clip(in.Key)})
	}
	text, err := in.json()
	if err != nil {
		return nil, err
	}
	batch, warnings, err := s.understand(text)
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
		s.metrics.Recorded.WithLabelValues(string(batch.Entries[i].Source), statusLabel(batch.Entries[i].Outcome.Status)).Inc()
	}
	return out, nil
}

// errNoHistory is the answer of a server that keeps none.
var errNoHistory = problem(http.StatusNotFound, "this server keeps no history: start it with --history FILE or --history postgres://...")

// notRecorded is the answer to a batch that was not appended.
func (s *Server) notRecorded(ctx context.Context, err error) error {
	if errors.Is(err, history.ErrKeyReused) {
		return invalid(&huma.ErrorDetail{Location: "header.Idempotency-Key", Message: "was used for other migrations: take another one for these"})
	}
	return s.unavailable(ctx, metrics.HistoryAppend, err)
}

// statusLabel is the status as the metrics know it.
func statusLabel(status migration.Status) string {
	if status == migration.StatusUnknown {
		return string(migration.Completed) // a downtime alone: see migration.Outcome.SwitchedOver
	}
	return string(status)
}

// understand reads one migration or an array of them. The error is the answer and
// names every fault of every migration.
func (s *Server) understand(text []byte) (history.Batch, []string, error) {
	texts, single, err := split(text)
	if err != nil {
		return history.Batch{}, nil, invalid(&huma.ErrorDetail{Location: "body", Message: err.Error()})
	}
	var details []*huma.ErrorDetail
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
		if details = append(details, locate(at, faults)...); len(details) > mostFaults {
			details = append(details[:mostFaults], &huma.ErrorDetail{Location: "body", Message: "has more faults, which are named once these are mended"})
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
	if len(details) > 0 {
		return history.Batch{}, nil, invalid(details...)
	}
	return batch, warnings, nil
}

// inService is the model that answers, as accuracy.Match asks it.
type inService struct{ *model.Model }

// Predict implements accuracy.Predictor.
func (m inService) Predict(x migration.Features) prediction.Prediction {
	return m.Model.Predict(x, model.Ask{})
}

// mostFaults bounds the faults that an answer names: a body has room for half a
// million.
const mostFaults = 1000

// appendNew adds a warning that was not given yet: an array tends to repeat its
// mistakes.
func appendNew(warnings []string, warning string) []string {
	if slices.Contains(warnings, warning) || len(warnings) > mostWarnings {
		return warnings
	}
	return append(warnings, warning)
}

// split takes a JSON array apart; what is no array is one migration.
func split(text []byte) (texts [][]byte, single bool, err error) {
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

// listed is one entry of the history as a flat object: the record, and what the
// history adds.
type listed struct{ history.Entry }

// MarshalJSON writes the record's fields and those that the history adds in one
// object.
func (l listed) MarshalJSON() ([]byte, error) {
	record, err := json.Marshal(l.Record)
	if err != nil {
		return nil, err
	}
	added, err := json.Marshal(struct {
		ID         int64                   `json:"id"`
		RecordedAt time.Time               `json:"recorded_at"`
		Prediction *history.PastPrediction `json:"prediction"`
	}{l.ID, l.RecordedAt, l.Prediction})
	if err != nil {
		return nil, err
	}
	if len(record) > len("{}") {
		added[len(added)-1] = ','
		return append(added, record[1:]...), nil
	}
	return added, nil
}
