package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
)

// widthRows draws rows whose width is exactly what truth says.
func widthRows(n int, truth func(migration.Set) float64) []widthRow {
	r := rand.New(rand.NewPCG(1, 3))
	rows := make([]widthRow, n)
	for i := range rows {
		known := anySubset(r)
		rows[i] = widthRow{known, truth(known)}
	}
	return rows
}

func TestWidthsRecoverWhatFeaturesAndPairsDo(t *testing.T) {
	curve, link := migration.Of(migration.DirtyCurve), migration.Of(migration.NetworkBandwidth)
	truth := func(known migration.Set) float64 {
		log := 1.5
		if known&curve != 0 {
			log -= 0.4
		}
		if known&(curve|link) == curve|link {
			log -= 0.7
		}
		return log
	}
	w := estimate.Widths{learnWidths(widthRows(20000, truth)), learnWidths(widthRows(20000, truth))}
	rapid.Check(t, func(t *rapid.T) {
		known := migration.Set(rapid.Uint32Range(0, uint32(migration.Everything)).Draw(t, "known"))
		if got, ok := w.Of(known); !ok || math.Abs(got-truth(known)) > 0.05 {
			t.Fatalf("log width %v, want %v, of somebody who knows %v", got, truth(known), known)
		}
	})
}

// Where each side of the physics has widths of its own, they are not mixed.
func TestWidthsAreThoseOfTheLearner(t *testing.T) {
	flat := func(log float64) []float64 {
		return learnWidths(widthRows(500, func(migration.Set) float64 { return log }))
	}
	w := estimate.Widths{flat(1), flat(2)}
	for known, want := range map[migration.Set]float64{0: 1, estimate.Required: 1, migration.Everything: 2} {
		if got, ok := w.Of(known); !ok || math.Abs(got-want) > 0.01 {
			t.Errorf("log width %v, want %v, of somebody who knows %v", got, want, known)
		}
	}
	w[estimate.WithPhysics] = nil
	if _, ok := w.Of(migration.Everything); ok {
		t.Error("a width that was not learned is known")
	}
}

func TestWidthsOfNothing(t *testing.T) {
	if got := learnWidths(nil); got != nil {
		t.Errorf("learned %v", got)
	}
	if (estimate.Widths{}).Valid() != true || (estimate.Widths{{1}, nil}).Valid() {
		t.Error("widths are valid where they have all their coefficients, or none")
	}
}
