package cmd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"vmmp/pkg/accuracy"
	"vmmp/pkg/client"
	"vmmp/pkg/config"
	"vmmp/pkg/history"
	"vmmp/pkg/history/stores"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

// keeper is where migrations are recorded.
type keeper interface {
	// keep records one, and reports whether it had been recorded before. An error that wraps migration.Faults or
	// history.ErrKeyReused is one of the migration, any other one of the place.
	keep(context.Context, *outcome) (before bool, err error)
	where() string
	close() error
}

// recordKey returns what a migration is known by when it is recorded again: all that its file tells of it, and how many
// the same stood before it there.
func recordKey(o *outcome, group string, seen map[string]int) string {
	text, err := o.MarshalJSON()
	if err != nil {
		panic("cmd: record that was read: " + err.Error())
	}
	same := string(text) + "\x00" + o.name + "\x00" + group
	seen[same]++
	sum := sha256.Sum256([]byte(same + "\x00" + strconv.Itoa(seen[same])))
	return "record-" + hex.EncodeToString(sum[:16])
}

// open opens the place that the flags name.
func (f *recordFlags) open(ctx context.Context, e *env) (keeper, error) {
	if f.url != "" {
		c, err := client.New(f.url, client.Options{Token: e.tokenFor(f.token)})
		if err != nil {
			return nil, usage(fmt.Errorf("--url: %w", err))
		}
		if f.dryRun {
			return rehearsal{at: f.url}, nil
		}
		return &serverKeeper{c, f.url}, nil
	}
	loaded, err := config.Load(config.Options{Getenv: e.getenv})
	if err != nil {
		return nil, usage(err)
	}
	if f.history == "" {
		if f.history, err = loaded.HistoryLocation(e.getenv); err != nil {
			return nil, usage(err)
		}
	}
	if f.history == config.NoHistory {
		return nil, usage(errors.New("the configuration keeps no history: name one with --history, or a server with --url"))
	}
	if f.model == "" {
		f.model = loaded.Model
	}
	m, err := loadModel(f.model)
	if err != nil {
		return nil, err
	}
	matching := matching{answering{m}, []byte(loaded.PredictionKey), e.now}
	if f.dryRun {
		return rehearsal{&matching, history.Redact(f.history)}, nil
	}
	store, err := stores.Open(ctx, f.history)
	if err != nil {
		return nil, historyFault(fmt.Errorf("--history %w", err))
	}
	return &historyKeeper{matching, store, history.Redact(f.history)}, nil
}

// answering is a model that says what it would have predicted.
type answering struct{ *model.Model }

// Predict implements accuracy.Predictor.
func (a answering) Predict(x migration.Features) prediction.Prediction {
	return a.Model.Predict(x, model.Options{})
}

// matching makes entries of a history.
type matching struct {
	predictor accuracy.Predictor
	key       []byte
	now       func() time.Time
}

// entry returns the entry of a migration. One of which nobody says when it was, was now.
func (m *matching) entry(o *outcome) (history.Entry, error) {
	entry, faults := accuracy.Match(m.predictor, m.key, o.Record)
	if err := faults.Err(); err != nil {
		return entry, err
	}
	if entry.At.IsZero() {
		entry.At = m.now().UTC().Truncate(time.Microsecond)
	}
	return entry, nil
}

// historyKeeper records in a history.
type historyKeeper struct {
	matching
	store history.Store
	at    string
}

func (k *historyKeeper) where() string { return k.at }
func (k *historyKeeper) close() error  { return k.store.Close() }

func (k *historyKeeper) keep(ctx context.Context, o *outcome) (bool, error) {
	text, err := o.MarshalJSON()
	if err != nil {
		return false, err
	}
	entry, err := k.entry(o)
	if err != nil {
		return false, err
	}
	receipt, err := k.store.Append(ctx, history.Batch{
		Entries: []history.Entry{entry}, Key: o.key, Digest: sha256.Sum256(text),
	})
	if errors.Is(err, history.ErrKeyReused) {
		return false, errRecorded
	}
	return receipt.Replayed, historyFault(err)
}

// serverKeeper records at a running vmmp serve.
type serverKeeper struct {
	client *client.Client
	at     string
}

func (k *serverKeeper) where() string { return k.at }
func (k *serverKeeper) close() error  { return nil }

func (k *serverKeeper) keep(ctx context.Context, o *outcome) (bool, error) {
	before, err := k.client.RecordOnce(ctx, o.Record, o.key)
	var refused *client.Error
	if errors.As(err, &refused) && refused.Status == http.StatusUnprocessableEntity {
		for _, fault := range refused.Faults {
			if fault.Location == "header.Idempotency-Key" {
				return false, errRecorded
			}
		}
	}
	return before, err
}

// rehearsal records nothing.
type rehearsal struct {
	matching *matching // nil where only the server knows
	at       string
}

func (r rehearsal) where() string { return r.at }
func (r rehearsal) close() error  { return nil }

func (r rehearsal) keep(_ context.Context, o *outcome) (bool, error) {
	if r.matching == nil {
		return false, nil
	}
	_, err := r.matching.entry(o)
	return false, err
}
