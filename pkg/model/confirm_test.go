package model

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/prediction"
)

// The prediction_id holds what was asked and what was answered.
func TestPredictionIDHoldsTheAnswer(t *testing.T) {
	m, key := tiny(), []byte("a secret of the service")
	rapid.Check(t, func(t *rapid.T) {
		x := modeltest.Known(t)
		p := m.Predict(x, Options{Key: key})
		got, err := prediction.DecodeID(p.PredictionID, key)
		if err != nil {
			t.Fatal(err)
		}
		if want := (prediction.ID{Model: m.ID(), Features: x, Summary: p.Summary()}); !cmp.Equal(got, want, modeltest.EquateNaN) {
			t.Fatalf("id %+v, want %+v", got, want)
		}
	})
}

func TestPredictionIDIsOneWord(t *testing.T) {
	id := tiny().Predict(modeltest.VM(), Options{}).PredictionID
	if strings.ContainsAny(id, " \t\n\",;&?#/+=") {
		t.Errorf("a prediction_id that needs quoting: %s", id)
	}
}

func TestConfirm(t *testing.T) {
	m := tiny()
	id, err := prediction.DecodeID(m.Predict(modeltest.VM(), Options{}).PredictionID, nil)
	if err != nil || !m.Confirm(id) {
		t.Fatalf("its own id %+v: %v", id, err)
	}
	forged := id
	forged.Confidence = 1
	if m.Confirm(forged) {
		t.Error("a confidence that the model never had is confirmed")
	}
	forged.Model = "000000000000"
	if !m.Confirm(forged) {
		t.Error("an id of another model is denied, of which this one knows nothing")
	}
}
