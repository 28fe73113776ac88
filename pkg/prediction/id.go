package prediction

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"vmmp/pkg/migration"
)

// ID is what a prediction_id holds: which model answered what, knowing which features. Whoever later learns the outcome
// can be matched without anything having been stored.
type ID struct {
	Model    string // id of the model
	Features migration.Features
	Summary
}

// ErrID is the error of a prediction_id that no vmmp made, or none that has the key.
var ErrID = errors.New("not a prediction_id of this service")

// idPrefix begins every prediction_id and tells its version.
const idPrefix = "p1."

// wireID is an ID as its JSON. The fields of Summary follow each other as there, so that one converts to the other.
type wireID struct {
	Model    string             `json:"m"`
	Features migration.Features `json:"f"`
	wireSummary
}

type wireSummary struct {
	DowntimeMS             float64  `json:"p"`
	TotalTimeMS            *float64 `json:"t,omitempty"`
	LowerMS                float64  `json:"l"`
	UpperMS                float64  `json:"u"`
	Confidence             float64  `json:"q"`
	ConvergenceProbability float64  `json:"c"`
}

// Encode returns the prediction_id, signed with key unless that is empty. It panics if a number is NaN or infinite.
func (id ID) Encode(key []byte) string {
	text, err := json.Marshal(wireID{id.Model, id.Features, wireSummary(id.Summary)})
	if err != nil {
		panic("prediction: an id holds what JSON cannot: " + err.Error())
	}
	encoded := idPrefix + base64.RawURLEncoding.EncodeToString(text)
	if len(key) > 0 {
		encoded += "." + signature(encoded, key)
	}
	return encoded
}

// signatureBytes of the HMAC are enough: who guesses asks a server each time.
const signatureBytes = 16

// signature returns that of an unsigned prediction_id.
func signature(unsigned string, key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(unsigned))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:signatureBytes])
}

// DecodeID reads a prediction_id; the error wraps ErrID and says what is wrong. With a key, only what was signed with
// it is read; without one, a signature is passed over.
func DecodeID(encoded string, key []byte) (ID, error) {
	body, found := strings.CutPrefix(encoded, idPrefix)
	if !found {
		return ID{}, fmt.Errorf("%w: it does not begin with %q", ErrID, idPrefix)
	}
	body, signed, _ := strings.Cut(body, ".")
	if len(key) > 0 && !hmac.Equal([]byte(signed), []byte(signature(idPrefix+body, key))) {
		return ID{}, fmt.Errorf("%w: it is not signed with this service's key, or was cut short", ErrID)
	}
	text, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return ID{}, fmt.Errorf("%w: it was cut short or altered: %w", ErrID, err)
	}
	var w wireID
	var foreign *json.UnmarshalTypeError // whose text names a type of this package
	switch err := json.Unmarshal(text, &w); {
	case errors.As(err, &foreign):
		return ID{}, fmt.Errorf("%w: it holds no prediction", ErrID)
	case err != nil:
		return ID{}, fmt.Errorf("%w: it was cut short or altered: %w", ErrID, err)
	}
	id := ID{w.Model, w.Features, Summary(w.wireSummary)}
	if id.Model == "" || !id.plausible() {
		return ID{}, fmt.Errorf("%w: it holds no prediction", ErrID)
	}
	return id, nil
}
