package train

import (
	"bytes"
	"math"
	"testing"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/prediction"
)

// newLab draws real migrations that the model lab has not seen, or simulated ones.
func newLab(slow bool) []migration.Features {
	var xs []migration.Features
	for _, e := range draw(300, 44) {
		if modeltest.OnSlowLink(e.Features) == slow && e.Outcome.SwitchedOver() {
			xs = append(xs, e.Features)
		}
	}
	return xs
}

func shareOfSupport(m fixture, xs []migration.Features, s prediction.Support) float64 {
	n := 0.0
	for _, x := range xs {
		if m.Predict(x, model.Options{}).Support == s {
			n++
		}
	}
	return n / float64(len(xs))
}

func TestSupportIsTheSiteWhereItsMigrationsLie(t *testing.T) {
	if share := shareOfSupport(lab(), newLab(true), prediction.Site); share < 0.7 {
		t.Errorf("%.2f of the VMs like those of the site rest on it", share)
	}
	if share := shareOfSupport(lab(), newLab(false), prediction.Simulated); share < 1 {
		t.Errorf("%.2f of the VMs unlike those of the site rest on simulation", share)
	}
}

// The same migrations, made elsewhere, are no news of the site.
func TestSupportIsAnotherSiteWhereItsMigrationsLie(t *testing.T) {
	examples := draw(200, 4)
	for i := range examples {
		if e := &examples[i]; modeltest.OnSlowLink(e.Features) {
			e.Source, e.Elsewhere = migration.SourceLab, "there"
		}
	}
	m := mustTrain(t, examples, small)
	if share := shareOfSupport(m, newLab(true), prediction.OtherSite); share < 0.7 {
		t.Errorf("%.2f of the VMs like those of the other site rest on it", share)
	}
	if share := shareOfSupport(m, newLab(false), prediction.Simulated); share < 1 {
		t.Errorf("%.2f of the VMs unlike those of the other site rest on simulation", share)
	}
	for _, x := range newLab(true) {
		p := m.Predict(x, model.Options{})
		if p.Support == prediction.OtherSite && !modeltest.Contains(p.Warnings, "made elsewhere") {
			t.Fatalf("support %s, warnings %q", p.Support, p.Warnings)
		}
	}
}

func TestSupportOfAllRealRows(t *testing.T) {
	examples := draw(60, 6)
	for i := range examples {
		examples[i].Source = migration.SourceLibvirt
	}
	m := mustTrain(t, examples, small)
	inside := examples[0].Features
	if got := m.Predict(inside, model.Options{}); got.Support != prediction.Site || modeltest.Contains(got.Warnings, "simulated") {
		t.Errorf("inside: support %s, warnings %q", got.Support, got.Warnings)
	}
	far := inside
	far.Set(migration.MemoryMiB, 16<<20)
	if got := m.Predict(far, model.Options{}); got.Support != prediction.Simulated || modeltest.Contains(got.Warnings, "simulated") || !modeltest.Contains(got.Warnings, "extrapolated") {
		t.Errorf("far outside: support %s, warnings %q", got.Support, got.Warnings)
	}
}

func TestSupportWithoutRealRows(t *testing.T) {
	p := tiny().Predict(modeltest.VM(), model.Options{})
	if p.Support != prediction.Simulated || !modeltest.Contains(p.Warnings, "no real migration of a VM like this") {
		t.Errorf("support %s, warnings %q", p.Support, p.Warnings)
	}
}

func TestAnswersOfUnknownSitesAreWiderThanTheirOwn(t *testing.T) {
	m := tiny()
	for _, e := range draw(50, 9) {
		var a, b estimate.Buffers
		from := m.experts.Estimator(e.Features)
		itself := estimate.Estimator{Prior: m.experts.Prior, Outside: from.Outside}
		own, answer := itself.Answer(&a, e.Features, 0), from.Answer(&b, e.Features, 0)
		if !(modeltest.LogWidth(answer.Downtime) > modeltest.LogWidth(own.Downtime)) || answer.Downtime.Point != own.Downtime.Point {
			t.Fatalf("%+v of those it has learned from, %+v of real ones", own.Downtime, answer.Downtime)
		}
		modeltest.Near(t, "convergence", answer.Converges, own.Converges)
	}
}

// An assessment asks who would have answered: of a simulated migration the prior as it is, of a real one whoever
// answers its operator.
func TestWhoIsAssessed(t *testing.T) {
	es := lab().experts
	simulated, own, others := draw(1, 44)[0], madeAt(draw(1, 44), "")[0], madeAt(draw(1, 44), "there")[0]
	if from := estimator(es, &simulated, simulated.Features); from.Prior != es.Prior || from.Own != nil || from.Correction != (estimate.Correction{}) {
		t.Errorf("of a simulated one %+v", from)
	}
	for name, e := range map[string]Example{"of the site": own, "of another": others} {
		if got, want := estimator(es, &e, e.Features), es.Estimator(e.Features); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	if got := ofExpert(es, es.Prior, []Example{simulated, own, others}); len(got) != 1 || got[0].Source != migration.SourcePrecopy {
		t.Errorf("the prior is assessed on %d", len(got))
	}
	if got := ofExpert(es, es.Site, []Example{simulated, own, others}); len(got) != 1 || got[0].origin() != estimate.FromSite {
		t.Errorf("the site's expert is assessed on %d", len(got))
	}
}

// Each world is learned by itself: what the other is like does not matter.
func TestExpertsLearnOfTheirOwnDomain(t *testing.T) {
	examples := draw(160, 5)
	for i := range examples {
		if i%2 == 0 {
			examples[i].Source = migration.SourceLab
		}
	}
	m := mustTrain(t, examples, small)
	for i := range examples {
		if i%2 == 1 {
			examples[i].Outcome.DowntimeMS *= 7
			examples[i].Untimed.DowntimeMS *= 7
		}
	}
	again := mustTrain(t, examples, small)
	var a, b estimate.Buffers
	x := modeltest.VM()
	if !bytes.Equal(forestsOf(t, again.experts.Site), forestsOf(t, m.experts.Site)) {
		t.Error("the site's expert has learned from simulated migrations")
	}
	was, of := estimate.Estimator{Prior: m.experts.Prior}, estimate.Estimator{Prior: again.experts.Prior}
	if was, of := was.LogDowntime(&a, x), of.LogDowntime(&b, x); math.Abs(of-was-math.Log(7)) > 0.2 {
		t.Errorf("the prior goes from %.2f to %.2f", was, of)
	}
}

// Too few outcomes of a site for an expert correct the simulated one.
func TestFewRealRowsHaveNoExpert(t *testing.T) {
	examples := draw(100, 5)
	for i := range fewestExamples - 1 {
		examples[i].Source = migration.SourceLab
	}
	m := mustTrain(t, examples, small)
	if m.experts.Site != nil || m.experts.Prior == nil || m.Provenance().Rows.Measured != fewestExamples-1 {
		t.Errorf("expert of the site %t, prior %t, rows %+v", m.experts.Site != nil, m.experts.Prior != nil, m.Provenance().Rows)
	}
	if c := m.experts.Correction; c.Rows == 0 || c.Rows >= fewestExamples {
		t.Errorf("learned %+v", c)
	}
	if got := m.Predict(examples[0].Features, model.Options{}); got.Support != prediction.Site {
		t.Errorf("support %s", got.Support)
	}
}

// Too few simulated ones for an expert are learned from beside those of the site.
func TestFewSimulatedRowsHaveNoExpert(t *testing.T) {
	examples := append(madeAt(draw(60, 5), ""), draw(10, 6)...)
	m := mustTrain(t, examples, small)
	if m.experts.Site == nil || m.experts.Prior != nil || m.experts.Rows != downtimesOf(examples[:60]) {
		t.Errorf("expert of the site %t, prior %t, %d rows", m.experts.Site != nil, m.experts.Prior != nil, m.experts.Rows)
	}
}
