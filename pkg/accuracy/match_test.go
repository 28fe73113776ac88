package accuracy

import (
	"context"
	"encoding/base64"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vmmp/pkg/history"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/train"
	"vmmp/pkg/prediction"
)

// trained trains a small model of pauses that grow with the CPU load.
func trained(seed uint64) *model.Model {
	var records []migration.Record
	for cpu := range 60 {
		r := migration.Record{Outcome: pause(migration.Completed, 40+2*float64(cpu))}
		r.Features.Set(migration.CPULoad, float64(cpu))
		r.Outcome.TotalTimeMS = 1000 + 10*float64(cpu)
		records = append(records, r)
	}
	m, err := train.Train(context.Background(), train.Recorded(records), train.Options{Trees: 3, Seed: seed, Mode: model.Column})
	if err != nil {
		panic(err)
	}
	return m
}

// today's model, and the one before it.
var (
	today     = sync.OnceValue(func() *model.Model { return trained(1) })
	yesterday = sync.OnceValue(func() *model.Model { return trained(2) })
)

// inService is a model as Match asks it.
type inService struct{ *model.Model }

func (s inService) Predict(x migration.Features) prediction.Prediction {
	return s.Model.Predict(x, model.Options{})
}

// match makes a recorded migration an entry while m is in service.
func match(m *model.Model, key []byte, r migration.Record) (history.Entry, migration.Faults) {
	return Match(inService{m}, key, r)
}

// pause is an outcome of which status and downtime were recorded.
func pause(s migration.Status, ms float64) migration.Outcome {
	o := migration.UnknownOutcome()
	o.Status, o.DowntimeMS = s, ms
	return o
}

// busy is what is known of a VM with that CPU load.
func busy(cpu float64) (x migration.Features) {
	x.Set(migration.CPULoad, cpu)
	return x
}

// equal compares records whose unknown numbers are NaN.
var equal = cmp.Options{
	cmp.Comparer(migration.Features.Equal),
	cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }),
}

// promised is what a history should keep of a prediction.
func promised(p prediction.Prediction) *history.PastPrediction {
	return &history.PastPrediction{Model: p.Model.ID, Summary: p.Summary()}
}

func TestMatchKeepsThePredictionThatWasGiven(t *testing.T) {
	key := []byte("a secret")
	for name, m := range map[string]*model.Model{"this model": today(), "the model before": yesterday()} {
		for signed, key := range map[string][]byte{"unsigned": nil, "signed": key} {
			t.Run(name+", "+signed, func(t *testing.T) {
				p := m.Predict(busy(30), model.Options{Key: key})
				r := migration.Record{Outcome: pause(migration.Completed, 120), PredictionID: p.PredictionID, Group: "web-1"}
				got, faults := match(today(), key, r)
				if faults != nil {
					t.Fatal(faults)
				}
				r.Features, r.Source = busy(30), migration.SourceAPI
				if diff := cmp.Diff(history.Entry{Record: r, Prediction: promised(p)}, got, equal); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestMatchFillsInWhatTheRecordLeavesUnknown(t *testing.T) {
	asked := busy(30)
	asked.Set(migration.MemoryMiB, 2048)
	asked.SetPoints([]migration.Point{{Seconds: 1, MiB: 5}})
	var recorded, want migration.Features
	recorded.Set(migration.MemoryMiB, 4096)
	recorded.Set(migration.AutoConverge, 0)
	want = asked
	want.Set(migration.MemoryMiB, 4096)
	want.Set(migration.AutoConverge, 0)
	p := today().Predict(asked, model.Options{})
	e, faults := match(today(), nil, migration.Record{Features: recorded, Outcome: pause("", 100), PredictionID: p.PredictionID})
	if faults != nil || !e.Features.Equal(want) {
		t.Errorf("features %+v, want %+v: %v", e.Features, want, faults)
	}
	if diff := cmp.Diff(promised(p), e.Prediction); diff != "" {
		t.Errorf("the prediction was made anew: %s", diff)
	}
	if got := recorded.Known(); got != migration.Of(migration.MemoryMiB, migration.AutoConverge) {
		t.Errorf("the caller's features were written to: %s", got)
	}
}

func TestMatchPredictsWhereNobodyHadAsked(t *testing.T) {
	var disk migration.Features // none of the required ones, and nothing that the model was trained on
	disk.Set(migration.DiskIO, 20)
	contradictory := busy(30)
	contradictory.Set(migration.DirtyRate, 900)
	contradictory.SetPoints([]migration.Point{{Seconds: 1, MiB: 5}})
	for name, x := range map[string]migration.Features{"little": disk, "contradictory": contradictory, "usual": busy(30)} {
		t.Run(name, func(t *testing.T) {
			r := migration.Record{Features: x, Outcome: pause(migration.Forced, 900), Source: migration.SourceLab}
			got, faults := match(today(), []byte("a secret"), r)
			if faults != nil {
				t.Fatal(faults)
			}
			want := history.Entry{Record: r, Prediction: promised(today().Predict(x, model.Options{}))}
			want.Prediction.Afterwards = true
			if diff := cmp.Diff(want, got, equal); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMatchWithoutAPredictedTotalTime(t *testing.T) {
	var records []migration.Record
	for cpu := range 30 {
		records = append(records, migration.Record{Features: busy(float64(cpu)), Outcome: pause(migration.Completed, 50+float64(cpu))})
	}
	m, err := train.Train(t.Context(), train.Recorded(records), train.Options{Trees: 2, Mode: model.Column})
	if err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]string{"afterwards": "", "before": m.Predict(busy(3), model.Options{}).PredictionID} {
		e, faults := match(m, nil, migration.Record{Features: busy(3), Outcome: pause("", 60), PredictionID: id})
		if faults != nil || e.Prediction.TotalTimeMS != nil {
			t.Errorf("%s: %+v, %v", name, e.Prediction, faults)
		}
	}
}

func TestMatchTakesTheTimeAsItIs(t *testing.T) {
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for _, want := range []time.Time{{}, at} {
		e, faults := match(today(), nil, migration.Record{Features: busy(3), Outcome: pause("", 60), At: want})
		if faults != nil || !e.At.Equal(want) || !e.RecordedAt.IsZero() || e.ID != 0 {
			t.Errorf("%+v, %v", e, faults)
		}
	}
}

func TestOutcomes(t *testing.T) {
	nan := math.NaN()
	const missing, zero, given = "is missing: the pause in ms, or a status", "must be above 0 ms", "never stopped the guest"
	tests := []struct {
		status   migration.Status
		downtime float64
		fault    string // empty: there is none
	}{
		{"", nan, missing}, {"", 0, zero}, {"", 80, ""},
		{migration.Completed, nan, missing}, {migration.Completed, 0, zero}, {migration.Completed, 1e-9, ""},
		{migration.Forced, nan, missing}, {migration.Forced, 0, zero}, {migration.Forced, 80, ""},
		{migration.NotConverged, nan, ""}, {migration.NotConverged, 0, given}, {migration.NotConverged, 80, given},
		{migration.Failed, nan, ""}, {migration.Failed, 0, ""}, {migration.Failed, 80, ""},
	}
	for _, test := range tests {
		e, faults := match(today(), nil, migration.Record{Features: busy(30), Outcome: pause(test.status, test.downtime)})
		if test.fault == "" {
			if faults != nil || e.Prediction == nil {
				t.Errorf("%q, %v ms: %v", test.status, test.downtime, faults)
			}
			continue
		}
		checkFaults(t, faults, e, "downtime_ms", test.fault)
		if v, ok := faults[0].Value.(float64); ok == math.IsNaN(test.downtime) || ok && v != test.downtime {
			t.Errorf("%q, %v ms: value %v", test.status, test.downtime, faults[0].Value)
		}
	}
}

// checkFaults fails unless there is one fault that says so, and no entry.
func checkFaults(t testing.TB, faults migration.Faults, e history.Entry, location, message string) {
	t.Helper()
	if len(faults) != 1 || faults[0].Location != location || !strings.Contains(faults[0].Message, message) {
		t.Fatalf("faults %v, want one at %s: %s", faults, location, message)
	}
	if !cmp.Equal(e, history.Entry{}, equal) {
		t.Errorf("an entry in spite of %v: %+v", faults, e)
	}
}

func TestPredictionIDs(t *testing.T) {
	const remedy = "; send it as /predict returned it"
	key := []byte("a secret")
	good := today().Predict(busy(30), model.Options{}).PredictionID
	signed := today().Predict(busy(30), model.Options{Key: key}).PredictionID
	// What the model before would say of a VM, in the name of today's model.
	forged := retold(t, yesterday().Predict(busy(30), model.Options{}).PredictionID, yesterday().ID(), today().ID())
	tests := []struct {
		name, id string
		key      []byte
		message  string
	}{
		{"foreign", "42", nil, "is not a prediction_id of this service: it does not begin with"},
		{"cut short", good[:len(good)-3], nil, "is not a prediction_id of this service: it was cut short"},
		{"not signed", good, key, "is not a prediction_id of this service: it is not signed"},
		{"another key", signed, []byte("another"), "is not a prediction_id of this service: it is not signed"},
		{"forged", forged, nil, "names model " + today().ID() + ", which never answered so"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := migration.Record{Features: busy(30), Outcome: pause(migration.Completed, 120), PredictionID: test.id}
			e, faults := match(today(), test.key, r)
			checkFaults(t, faults, e, "prediction_id", test.message)
			if !strings.HasSuffix(faults[0].Message, remedy) {
				t.Errorf("no remedy in %q", faults[0].Message)
			}
		})
	}
}

func TestMatchListsEveryFault(t *testing.T) {
	tests := []struct {
		record migration.Record
		want   []string
	}{
		{migration.Record{Outcome: pause("", 80)}, []string{"body"}},
		{migration.Record{Outcome: pause("", 0)}, []string{"downtime_ms", "body"}},
		{migration.Record{Outcome: pause("", 0), PredictionID: "42"}, []string{"downtime_ms", "prediction_id"}},
	}
	for _, test := range tests {
		e, faults := match(today(), nil, test.record)
		var got []string
		for _, f := range faults {
			got = append(got, f.Location)
		}
		if !cmp.Equal(got, test.want) || e.Prediction != nil {
			t.Errorf("faults at %v, want %v: %v", got, test.want, faults)
		}
	}
}

// Whatever was predicted of whatever subset is matched, and what the record knows is never lost.
func TestMatchLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		asked, recorded := subset(t, "asked"), subset(t, "recorded")
		p := today().Predict(asked, model.Options{})
		e, faults := match(today(), nil, migration.Record{Features: recorded, Outcome: pause("", 80), PredictionID: p.PredictionID})
		if faults != nil {
			t.Fatal(faults)
		}
		if known := e.Features.Known(); known != asked.Known()|recorded.Known() {
			t.Fatalf("known %s", known)
		}
		if !e.Features.Only(recorded.Known()).Equal(recorded) {
			t.Fatalf("recorded %+v, kept %+v", recorded, e.Features)
		}
		if diff := cmp.Diff(promised(p), e.Prediction); diff != "" {
			t.Fatal(diff)
		}
	})
}

// subset draws what somebody knows of a VM.
func subset(t *rapid.T, who string) (x migration.Features) {
	for f := range migration.Set(rapid.Uint32Range(0, uint32(migration.Everything)).Draw(t, who)).All() {
		v := rapid.Float64Range(1, 100).Draw(t, f.String())
		switch f.Definition().Kind {
		case migration.Points:
			x.SetPoints([]migration.Point{{Seconds: 1, MiB: v}})
		case migration.Bool, migration.Choice:
			x.Set(f, math.Round(v/100))
		case migration.Version:
			x.Set(f, 100*math.Round(v))
		default:
			x.Set(f, math.Round(v))
		}
	}
	return x
}

// retold is an unsigned prediction_id with one word of its text replaced.
func retold(t testing.TB, id, word, by string) string {
	t.Helper()
	const mark = "p1."
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(id, mark))
	if err != nil || !strings.Contains(string(text), word) {
		t.Fatalf("prediction_id %s does not hold %q: %v", id, word, err)
	}
	return mark + base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(text), word, by, 1)))
}
