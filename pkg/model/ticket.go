package model

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"vmmp/pkg/migration"
)

// Ticket is what a prediction_id carries, so that whoever later learns the
// outcome can be matched without anything having been stored.
type Ticket struct {
	Model     string             `json:"m"`
	Features  migration.Features `json:"f"`
	Downtime  float64            `json:"p"`
	TotalTime *float64           `json:"t,omitempty"`
	Lower     float64            `json:"l"`
	Upper     float64            `json:"u"`
	Converges float64            `json:"c"`
}

// ErrTicket is the error of a prediction_id that no vmmp made.
var ErrTicket = errors.New("not a prediction_id")

// ticketMark begins every prediction_id and tells its version.
const ticketMark = "p1."

func newTicket(id string, x migration.Features, p *Prediction) Ticket {
	t := Ticket{
		Model: id, Features: x, Downtime: p.PredictedDowntime,
		Lower: p.Interval.Lower, Upper: p.Interval.Upper, Converges: p.ConvergenceProbability,
	}
	if total := float64(p.PredictedTotalTimeMS); total == total {
		t.TotalTime = &total
	}
	return t
}

// encode is the ticket as a prediction_id.
func (t Ticket) encode() string {
	text, err := json.Marshal(t)
	if err != nil {
		panic("model: prediction holds what JSON cannot: " + err.Error())
	}
	return ticketMark + base64.RawURLEncoding.EncodeToString(text)
}

// ReadTicket reads a prediction_id; the error is ErrTicket.
func ReadTicket(id string) (Ticket, error) {
	var t Ticket
	body, found := strings.CutPrefix(id, ticketMark)
	if !found {
		return t, fmt.Errorf("%w: it does not begin with %q", ErrTicket, ticketMark)
	}
	text, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return t, fmt.Errorf("%w: %w", ErrTicket, err)
	}
	if err := json.Unmarshal(text, &t); err != nil {
		return Ticket{}, fmt.Errorf("%w: %w", ErrTicket, err)
	}
	if !t.possible() {
		return Ticket{}, fmt.Errorf("%w: it holds no prediction", ErrTicket)
	}
	return t, nil
}

// possible says whether a model can have answered so.
func (t *Ticket) possible() bool {
	return t.Model != "" && 0 < t.Lower && t.Lower <= t.Downtime && t.Downtime <= t.Upper &&
		0 <= t.Converges && t.Converges <= 1 && (t.TotalTime == nil || *t.TotalTime > 0)
}
