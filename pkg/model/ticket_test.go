package model

import (
	"encoding/base64"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
)

func TestTicketRoundTrip(t *testing.T) {
	m := tiny()
	rapid.Check(t, func(t *rapid.T) {
		x := known(t)
		p := m.Predict(x, Ask{})
		ticket, err := ReadTicket(p.PredictionID, nil)
		if err != nil {
			t.Fatal(err)
		}
		total := float64(p.PredictedTotalTimeMS)
		want := Ticket{
			Model: m.ID(), Features: x, Downtime: p.PredictedDowntime, TotalTime: &total,
			Lower: p.Interval.Lower, Upper: p.Interval.Upper,
			Confidence: p.Confidence, Converges: p.ConvergenceProbability,
		}
		if !cmp.Equal(ticket, want, equateNaN) {
			t.Fatalf("ticket %+v, want %+v", ticket, want)
		}
	})
}

func TestTicketWithoutATotalTime(t *testing.T) {
	p := Prediction{PredictedDowntime: 5, PredictedTotalTimeMS: evaluate.Number(math.NaN()), Interval: Interval{1, 9, 0.9}, ConvergenceProbability: 1}
	ticket, err := ReadTicket(newTicket("abc", vm(), &p).encode(nil), nil)
	if err != nil || ticket.TotalTime != nil {
		t.Errorf("total time %v: %v", ticket.TotalTime, err)
	}
}

func TestTicketIsOneWord(t *testing.T) {
	id := tiny().Predict(vm(), Ask{}).PredictionID
	if strings.ContainsAny(id, " \t\n\",;&?#/+=") {
		t.Errorf("a prediction_id that needs quoting: %s", id)
	}
}

func TestTruncatedTicketsAreRefused(t *testing.T) {
	id := tiny().Predict(vm(), Ask{}).PredictionID
	for n := range id {
		if ticket, err := ReadTicket(id[:n], nil); !errors.Is(err, ErrTicket) || !cmp.Equal(ticket, Ticket{}, equateNaN) {
			t.Fatalf("%d of %d bytes: %+v, %v", n, len(id), ticket, err)
		}
	}
}

// forgeTicket is a prediction_id that holds any text.
func forgeTicket(text string) string {
	return ticketMark + base64.RawURLEncoding.EncodeToString([]byte(text))
}

func TestForeignTicketsAreRefused(t *testing.T) {
	good := `{"m":"a","f":{},"p":5,"l":1,"u":9,"c":0.5}`
	if _, err := ReadTicket(forgeTicket(good), nil); err != nil {
		t.Fatalf("the ticket that the others are made from: %v", err)
	}
	for name, id := range map[string]string{
		"nothing":             "",
		"only the mark":       "p1.",
		"another version":     "p2." + strings.TrimPrefix(forgeTicket(good), ticketMark),
		"no base64":           "p1.$$$",
		"no JSON":             forgeTicket("hello"),
		"null":                forgeTicket("null"),
		"an array":            forgeTicket("[]"),
		"an empty object":     forgeTicket("{}"),
		"something after it":  forgeTicket(good + "x"),
		"no model":            forgeTicket(`{"f":{},"p":5,"l":1,"u":9,"c":0.5}`),
		"no prediction":       forgeTicket(`{"m":"a","f":{},"l":1,"u":9,"c":0.5}`),
		"a negative pause":    forgeTicket(`{"m":"a","f":{},"p":-5,"l":-9,"u":9,"c":0.5}`),
		"outside its range":   forgeTicket(`{"m":"a","f":{},"p":10,"l":1,"u":9,"c":0.5}`),
		"range upside down":   forgeTicket(`{"m":"a","f":{},"p":5,"l":9,"u":1,"c":0.5}`),
		"too probable":        forgeTicket(`{"m":"a","f":{},"p":5,"l":1,"u":9,"c":1.5}`),
		"a total time of 0":   forgeTicket(`{"m":"a","f":{},"p":5,"t":0,"l":1,"u":9,"c":0.5}`),
		"an infinite pause":   forgeTicket(`{"m":"a","f":{},"p":1e999,"l":1,"u":9,"c":0.5}`),
		"an impossible VM":    forgeTicket(`{"m":"a","f":{"cpu_load":1000},"p":5,"l":1,"u":9,"c":0.5}`),
		"features of no kind": forgeTicket(`{"m":"a","f":7,"p":5,"l":1,"u":9,"c":0.5}`),
	} {
		if ticket, err := ReadTicket(id, nil); !errors.Is(err, ErrTicket) || !cmp.Equal(ticket, Ticket{}, equateNaN) {
			t.Errorf("%s: %+v, %v", name, ticket, err)
		}
	}
}

// Whoever forges a ticket may say anything, but what is accepted can be asked
// about.
func FuzzReadTicket(f *testing.F) {
	f.Add(`{"m":"a","f":{"cpu_load":50,"dirty_curve":[{"seconds":1,"mib":2}]},"p":5,"l":1,"u":9,"c":0.5}`)
	f.Add(`{"m":"a","f":null,"p":5e300,"t":1,"l":1,"u":9e300,"c":0}`)
	f.Add("null")
	f.Fuzz(func(t *testing.T, text string) {
		ticket, err := ReadTicket(forgeTicket(text), nil)
		if err != nil {
			if !errors.Is(err, ErrTicket) {
				t.Fatalf("error %v", err)
			}
			return
		}
		if faults := ticket.Features.CheckBounds(); len(faults) > 0 || math.IsInf(ticket.Downtime, 0) {
			t.Fatalf("accepted %+v: %v", ticket, faults)
		}
		again, err := ReadTicket(ticket.encode(nil), nil)
		if err != nil || !cmp.Equal(again, ticket, equateNaN, cmp.Comparer(migration.Features.Equal)) {
			t.Fatalf("%+v is read back as %+v: %v", ticket, again, err)
		}
	})
}

func TestSignedTickets(t *testing.T) {
	m, key := tiny(), []byte("a secret of the service")
	id := m.Predict(vm(), Ask{Key: key}).PredictionID
	if _, err := ReadTicket(id, key); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadTicket(id, nil); err != nil {
		t.Errorf("without a key: %v", err)
	}
	body, _, _ := strings.Cut(strings.TrimPrefix(id, ticketMark), ".")
	for name, forged := range map[string]string{
		"unsigned":        ticketMark + body,
		"another key":     m.Predict(vm(), Ask{Key: []byte("another")}).PredictionID,
		"other features":  forgeTicket(`{"m":"a","f":{},"p":5,"l":1,"u":9,"q":0.5,"c":0.5}`) + strings.TrimPrefix(id, ticketMark+body),
		"cut short":       id[:len(id)-1],
		"signed twice":    id + "." + id,
		"empty signature": ticketMark + body + ".",
	} {
		if ticket, err := ReadTicket(forged, key); !errors.Is(err, ErrTicket) || !cmp.Equal(ticket, Ticket{}, equateNaN) {
			t.Errorf("%s: %+v, %v", name, ticket, err)
		}
	}
}

func TestConfirm(t *testing.T) {
	m := tiny()
	ticket, err := ReadTicket(m.Predict(vm(), Ask{}).PredictionID, nil)
	if err != nil || !m.Confirm(ticket) {
		t.Fatalf("its own ticket %+v: %v", ticket, err)
	}
	forged := ticket
	forged.Confidence = 1
	if m.Confirm(forged) {
		t.Error("a confidence that the model never had is confirmed")
	}
	forged.Model = "000000000000"
	if !m.Confirm(forged) {
		t.Error("a ticket of another model is denied, of which this one knows nothing")
	}
}
