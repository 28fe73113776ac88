package model

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/model/internal/modeltest"
)

// hinted is the feature that a hint names.
func hinted(t rapid.TB, hint string) migration.Definition {
	t.Helper()
	name, _, _ := strings.Cut(hint, " ")
	f, ok := migration.Lookup(name)
	if !ok {
		t.Fatalf("the hint does not begin with a feature: %q", hint)
	}
	return f.Definition()
}

func TestAHintNamesSomethingUnknownAndHowToMeasureIt(t *testing.T) {
	m, hints := tiny(), 0
	rapid.Check(t, func(t *rapid.T) {
		known := migration.Set(rapid.Uint32Range(0, uint32(migration.Everything)).Draw(t, "known"))
		got := m.hintsFor(m.experts.Main(), known)
		if got == nil || len(got) > 1 {
			t.Fatalf("hints %q", got)
		}
		for _, hint := range got {
			hints++
			d := hinted(t, hint)
			if known.Has(d.Feature) {
				t.Fatalf("knows %v, is told to measure %s", known, d.Name)
			}
			if !strings.Contains(hint, "--"+d.Flag+")") || !strings.Contains(hint, d.Measure) {
				t.Fatalf("the hint does not say how to measure %s: %q", d.Name, hint)
			}
		}
	})
	if hints == 0 {
		t.Error("no hint was ever given")
	}
}

func TestNoHintForWhoKnowsEverything(t *testing.T) {
	if got := judged().hintsFor(judged().experts.Main(), migration.Everything); got == nil || len(got) != 0 {
		t.Errorf("hints %q", got)
	}
}

// The hint must be true: with the hinted feature known, the interval is narrower
// over VMs that are not the model's references.
func TestAHintNarrowsTheInterval(t *testing.T) {
	m := judged()
	for _, known := range []migration.Set{estimate.Required, estimate.Required | migration.Of(migration.NetworkBandwidth, migration.DowntimeLimitMS)} {
		hints := m.hintsFor(m.experts.Main(), known)
		if len(hints) != 1 {
			t.Fatalf("hints for %v: %q", known, hints)
		}
		more := known | migration.Of(hinted(t, hints[0]).Feature)
		var before, after float64
		var b estimate.Buffers
		for _, e := range modeltest.Migrations(60, 77) {
			before += widthOf(m, &b, e.Features.Only(known))
			after += widthOf(m, &b, e.Features.Only(more))
		}
		if after >= before {
			t.Errorf("%q, yet the mean log width goes from %.3f to %.3f", hints[0], before/60, after/60)
		}
	}
}

// widthOf is the length of the 90 % interval in logarithms.
func widthOf(m *Model, b *estimate.Buffers, x migration.Features) float64 {
	from := estimate.Estimator{Prior: m.experts.Main()}
	return modeltest.LogWidth(from.Answer(b, x, 0).Downtime)
}

func TestAModelThatLearnedNoWidthsGivesNoHints(t *testing.T) {
	m := tiny()
	silent := *m.experts.Prior
	silent.Widths = estimate.Widths{}
	if got := m.hintsFor(&silent, estimate.Required); got == nil || len(got) != 0 {
		t.Errorf("hints %q", got)
	}
}

// Nobody is told to measure what the model cannot use.
func TestNoHintOfWhatNoTrainingRowKnew(t *testing.T) {
	m := *judged()
	m.experts.Schema = make([]estimate.FieldRange, migration.Count)
	if got := m.hintsFor(m.experts.Main(), estimate.Required); len(got) != 0 {
		t.Errorf("hints %q", got)
	}
}

func BenchmarkHints(b *testing.B) {
	m, err := Default()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		m.hintsFor(m.experts.Main(), estimate.Required)
	}
}
