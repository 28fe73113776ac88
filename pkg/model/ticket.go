package model

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
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

	Confidence float64 `json:"q"`
	Converges  float64 `json:"c"`
}

// ErrTicket is the error of a prediction_id that no vmmp made, or none that has
// the key.
var ErrTicket = errors.New("not a prediction_id of this service")

// ticketMark begins every prediction_id and tells its version.
const ticketMark = "p1."

func newTicket(id string, x migration.Features, p *Prediction) Ticket {
	t := Ticket{
		Model: id, Features: x, Downtime: p.PredictedDowntime,
		Lower: p.Interval.Lower, Upper: p.Interval.Upper,
		Confidence: p.Confidence, Converges: p.ConvergenceProbability,
	}
	if total := float64(p.PredictedTotalTimeMS); total == total {
		t.TotalTime = &total
	}
	return t
}

// encode is the ticket as a prediction_id, signed where there is a key.
func (t Ticket) encode(key []byte) string {
	text, err := json.Marshal(t)
	if err != nil {
		panic("model: prediction holds what JSON cannot: " + err.Error())
	}
	id := ticketMark + base64.RawURLEncoding.EncodeToString(text)
	if len(key) > 0 {
		id += "." + signature(id, key)
	}
	return id
}

// signatureBytes of the HMAC are enough: who guesses asks a server each time.
const signatureBytes = 16

// signature is that of an unsigned prediction_id.
func signature(id string, key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:signatureBytes])
}

// ReadTicket reads a prediction_id; the error is ErrTicket. With a key, only what
// was signed with it is read (Ask.Key); without one, a signature is passed over.
func ReadTicket(id string, key []byte) (Ticket, error) {
	var t Ticket
	body, found := strings.CutPrefix(id, ticketMark)
	if !found {
		return t, fmt.Errorf("%w: it does not begin with %q", ErrTicket, ticketMark)
	}
	body, signed, _ := strings.Cut(body, ".")
	if len(key) > 0 && !hmac.Equal([]byte(signed), []byte(signature(ticketMark+body, key))) {
		return t, fmt.Errorf("%w: it is not signed with this service's key, or was cut short", ErrTicket)
	}
	text, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return t, fmt.Errorf("%w: it was cut short or altered: %w", ErrTicket, err)
	}
	if err := json.Unmarshal(text, &t); err != nil {
		return Ticket{}, fmt.Errorf("%w: it was cut short or altered: %w", ErrTicket, err)
	}
	if !t.possible() {
		return Ticket{}, fmt.Errorf("%w: it holds no prediction", ErrTicket)
	}
	return t, nil
}

// possible says whether a model can have answered so.
func (t *Ticket) possible() bool {
	return t.Model != "" && 0 < t.Lower && t.Lower <= t.Downtime && t.Downtime <= t.Upper &&
		0 <= t.Confidence && t.Confidence <= 1 &&
		0 <= t.Converges && t.Converges <= 1 && (t.TotalTime == nil || *t.TotalTime > 0)
}

// Confirm says whether m answered as the ticket claims, but for the last digits,
// which may differ between processors. Of a ticket of another model it knows
// nothing and says true.
func (m *Model) Confirm(t Ticket) bool {
	if t.Model != m.id {
		return true
	}
	p := m.Predict(t.Features, Ask{})
	own := newTicket(m.id, t.Features, &p)
	return alike(own.Downtime, t.Downtime) && alike(own.Lower, t.Lower) && alike(own.Upper, t.Upper) &&
		alike(own.Confidence, t.Confidence) && alike(own.Converges, t.Converges) &&
		(own.TotalTime == nil) == (t.TotalTime == nil) && (t.TotalTime == nil || alike(*own.TotalTime, *t.TotalTime))
}

func alike(x, y float64) bool { return math.Abs(x-y) <= 1e-6*math.Abs(x) }
