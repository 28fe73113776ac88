package train

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/prediction"
)

// madeAt makes simulated migrations real ones: of the site that the model speaks for, or of another by its name.
func madeAt(examples []Example, elsewhere string) []Example {
	for i := range examples {
		e := &examples[i]
		e.Source, e.Elsewhere, e.NoiselessMS = migration.SourceLab, elsewhere, math.NaN()
	}
	return examples
}

// noisy makes downtimes differ by a factor of that sigma more.
func noisy(examples []Example, sigma float64) []Example {
	r := rand.New(rand.NewPCG(1, 1))
	for i := range examples {
		examples[i].Outcome.DowntimeMS *= math.Exp(sigma * r.NormFloat64())
		examples[i].Untimed = nil
	}
	return examples
}

// forestsOf returns the forests of an expert as bytes.
func forestsOf(t *testing.T, e *estimate.Expert) []byte {
	t.Helper()
	var all []byte
	for _, f := range e.Forests() {
		if *f == nil {
			continue
		}
		var err error
		if all, err = (*f).AppendBinary(all); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Migrations of other sites teach how far an answer may be off, and no tree.
func TestOtherSitesTeachDoubtAlone(t *testing.T) {
	examples := draw(80, 12)
	alone := mustTrain(t, examples, small)
	beside := mustTrain(t, append(noisy(madeAt(draw(100, 13), "there"), 1.2), examples...), small)
	if !bytes.Equal(forestsOf(t, alone.experts.Prior), forestsOf(t, beside.experts.Prior)) {
		t.Error("a tree learned from another site")
	}
	if beside.experts.Site != nil || beside.experts.Rows != 0 || beside.experts.Correction.Rows != 0 {
		t.Errorf("outcomes of another site taught the site: %+v", beside.experts.Correction)
	}
	if got := alone.experts.Correction; got != (estimate.Correction{Sigma: unknownSigma}) {
		t.Errorf("of simulated migrations alone: %+v", got)
	}
	if got := beside.experts.Correction.Sigma; got < 2*unknownSigma {
		t.Errorf("sigma %v of migrations that are far off", got)
	}
	if n := beside.Provenance().Rows; n.Train != 180 || n.Measured != 100 {
		t.Errorf("rows %+v", n)
	}
	var a, b estimate.Buffers
	for _, e := range draw(20, 14) {
		sure, unsure := alone.experts.Estimator(e.Features), beside.experts.Estimator(e.Features)
		p, q := sure.Answer(&a, e.Features, 0), unsure.Answer(&b, e.Features, 0)
		if p.Downtime.Point != q.Downtime.Point || p.Total.Point != q.Total.Point || p.Converges != q.Converges {
			t.Fatalf("doubt changes more than the width: %+v, %+v", p, q)
		}
		if modeltest.LogWidth(q.Downtime) <= modeltest.LogWidth(p.Downtime) {
			t.Fatalf("the doubtful are as sure: %+v, %+v", p.Downtime, q.Downtime)
		}
	}
}

// The doubt is the least by which nine in ten are held in the mean of the sites.
func TestDoubtIsTheLeastThatHoldsNineInTen(t *testing.T) {
	es := judged().experts
	sites := [][]Example{noisy(madeAt(draw(60, 21), "a"), 1), noisy(madeAt(draw(200, 22), "b"), 0.2)}
	holds := func(sigma float64) float64 {
		mean := 0.0
		unknown := ofUnknownSite(es, sigma)
		for _, site := range sites {
			h := predict(&unknown, site, evaluate.Downtime)
			mean += float64(h.score().Coverage90) / float64(len(sites))
		}
		return mean
	}
	sigma := learnDoubt(es, sites, unknownSigma)
	if sigma <= doubtStep || holds(sigma) < 0.9 || holds(sigma-doubtStep) >= 0.9 {
		t.Errorf("sigma %v holds %.3f, a little less %.3f", sigma, holds(sigma), holds(sigma-doubtStep))
	}
	alone, mild := learnDoubt(es, sites[:1], unknownSigma), learnDoubt(es, sites[1:], unknownSigma)
	if !(mild < sigma && sigma < alone) {
		t.Errorf("sigma %v of both, %v and %v of each", sigma, alone, mild)
	}
}

func TestDoubtWithoutSites(t *testing.T) {
	es := tiny().experts
	silent := madeAt(draw(30, 3), "there")
	for i := range silent {
		silent[i].Outcome, silent[i].Untimed = outcome(migration.Failed, math.NaN(), 3), nil
	}
	for name, sites := range map[string][][]Example{"none": nil, "silent": {silent}} {
		if got := learnDoubt(es, sites, 0.33); got != 0.33 {
			t.Errorf("%s: sigma %v", name, got)
		}
	}
	hopeless := madeAt(draw(30, 3), "there")
	for i := range hopeless {
		hopeless[i].Outcome, hopeless[i].Untimed = outcome(migration.Completed, 1e9, 3), nil
	}
	if got := learnDoubt(es, [][]Example{hopeless}, 0.33); got != mostDoubt {
		t.Errorf("sigma %v of a site that is unlike all", got)
	}
}

func TestBySite(t *testing.T) {
	examples := append(madeAt(draw(3, 1), "b"), append(draw(2, 2), madeAt(draw(2, 3), "a")...)...)
	examples = append(examples, append(madeAt(draw(1, 4), "b"), madeAt(draw(2, 5), "")...)...)
	sites := bySite(examples)
	if len(sites) != 2 || len(sites[0]) != 4 || len(sites[1]) != 2 || sites[0][3].Elsewhere != "b" || sites[1][0].Elsewhere != "a" {
		t.Errorf("sites %+v", sites)
	}
}

// slower makes migrations of the site pause for half as long again, but for a fixed part that is 20 ms longer.
func slower(examples []Example) []Example {
	for i := range madeAt(examples, "") {
		e := &examples[i]
		e.Outcome.DowntimeMS = estimate.FixedMS + 20 + 1.5*max(e.Outcome.DowntimeMS-estimate.FixedMS, 0)
		e.Untimed = nil
	}
	return examples
}

// medianError returns that of the downtime, and what the interval holds.
func medianError(es *estimate.Experts, examples []Example) (off, holds float64) {
	h := predict(es, examples, evaluate.Downtime)
	s := h.score()
	return float64(s.MedianRelativeError), float64(s.Coverage90)
}

// A few outcomes of a site correct a prior that was trained before; no expert is made of them.
func TestFewOutcomesCorrectAPrior(t *testing.T) {
	prior := judged()
	m := mustTrain(t, slower(draw(15, 31)), Options{Seed: 1, Prior: prior.Model})
	es := m.experts
	if es.Site != nil || es.Prior != prior.experts.Prior || es.Rows != 0 || m.Provenance().Prior != prior.ID() {
		t.Fatalf("site %t, the prior %t, rows %d, prior %s", es.Site != nil, es.Prior == prior.experts.Prior, es.Rows, m.Provenance().Prior)
	}
	if es.Correction.Rows < 8 || es.Correction.Memory < 0.1 || es.Correction.Sigma >= prior.experts.Correction.Sigma {
		t.Errorf("learned %+v", es.Correction)
	}
	test := slower(draw(400, 32))
	before, _ := medianError(prior.experts, test)
	after, holds := medianError(es, test)
	if after > 0.7*before || holds < 0.8 {
		t.Errorf("the median error goes from %.3f to %.3f, the interval holds %.3f", before, after, holds)
	}
	back, err := model.Decode(fileOf(t, m.Model))
	if err != nil || back.Experts().Correction != es.Correction || back.Provenance().Prior != prior.ID() {
		t.Errorf("read back as %+v: %v", back, err)
	}
	if p := m.Predict(slower(draw(1, 31))[0].Features, model.Options{}); p.Support != prediction.Site {
		t.Errorf("support %s", p.Support)
	}
}

// Many outcomes make an expert of the site, which answers beside the corrected prior, and better than either.
func TestManyOutcomesAnswerBesideThePrior(t *testing.T) {
	prior := judged()
	own, test := slower(draw(120, 33)), slower(draw(400, 34))
	m := mustTrain(t, own, Options{Trees: 30, Seed: 1, Mode: model.Residual, Prior: prior.Model})
	es := m.experts
	if es.Site == nil || es.Prior != prior.experts.Prior || es.Rows != downtimesOf(own) || es.Correction.Rows == 0 {
		t.Fatalf("site %t, prior %t, rows %d", es.Site != nil, es.Prior == prior.experts.Prior, es.Rows)
	}
	corrected := *es
	corrected.Site = nil
	both, holds := medianError(es, test)
	before, _ := medianError(prior.experts, test)
	after, heldAlone := medianError(&corrected, test)
	if after > 0.6*before || both > 1.1*after || both > 0.6*before {
		t.Errorf("the median error is %.3f of both, %.3f of the corrected prior, %.3f of the prior", both, after, before)
	}
	if holds < 0.85 || holds > 0.975 || heldAlone < 0.85 || heldAlone > 0.975 {
		t.Errorf("the interval holds %.3f, of the corrected prior %.3f", holds, heldAlone)
	}
}

func TestPriorThatIsNotUsed(t *testing.T) {
	prior := tiny()
	o := small
	o.Prior = prior.Model
	if m := mustTrain(t, draw(40, 2), o); m.Provenance().Prior != "" || m.experts.Prior == prior.experts.Prior {
		t.Error("simulated migrations are there to make a prior of")
	}
	m := mustTrain(t, madeAt(draw(60, 2), ""), small)
	o.Prior = m.Model
	if again := mustTrain(t, madeAt(draw(60, 3), ""), o); again.experts.Prior != nil || again.experts.Site == nil {
		t.Error("a model of a site alone is a prior of none")
	}
	for name, examples := range map[string][]Example{"nothing": nil, "others": madeAt(draw(60, 2), "there")} {
		o.Prior = prior.Model
		if m, err := Train(t.Context(), examples, o); m != nil || !errors.Is(err, ErrNoDowntime) {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
}

// What a prior doubts of a site that it does not know is doubted anew, also of a prior that has learned of one.
func TestDoubtOfThePrior(t *testing.T) {
	first := mustTrain(t, append(noisy(madeAt(draw(100, 13), "there"), 1.2), draw(80, 12)...), small)
	sigma := first.experts.Correction.Sigma
	few := madeAt(draw(10, 5), "")
	second := mustTrain(t, few, Options{Seed: 1, Prior: first.Model})
	n := float64(second.experts.Correction.Rows)
	modeltest.Near(t, "sigma", second.experts.Correction.Sigma, estimate.Rounded(sigma*math.Sqrt(10/(10+n))))
	third := mustTrain(t, few, Options{Seed: 1, Prior: second.Model})
	if got, want := third.experts.Correction.Sigma, second.experts.Correction.Sigma; math.Abs(got-want) > 2e-6 {
		t.Errorf("sigma %v beside what was learned of another site, %v without", got, want)
	}
	for f, r := range third.experts.Schema {
		if want := len(few); r.SiteRows > want {
			t.Fatalf("%s is known of %d rows of the site", migration.Feature(f), r.SiteRows)
		}
	}
}

// Simulated and own migrations that are learned from at once correct and answer as well.
func TestOwnBesideSimulated(t *testing.T) {
	m := mustTrain(t, append(slower(draw(300, 21)), draw(300, 23)...), Options{Trees: 30, Seed: 1, Mode: model.Residual})
	if got := m.experts.Correction; math.Abs(got.Memory-math.Log(1.5)) > 0.2 {
		t.Fatalf("learned %+v", got)
	}
	far := modeltest.VM()
	far.Set(migration.NetworkBandwidth, 90_000)
	var b estimate.Buffers
	uncorrected := estimate.Estimator{Prior: m.experts.Prior, Outside: true}
	p := m.Predict(far, model.Options{Explain: true})
	if p.Support != prediction.Simulated {
		t.Fatalf("support %s", p.Support)
	}
	corrected := estimate.Estimator{Prior: m.experts.Prior, Correction: m.experts.Correction, Outside: true}
	modeltest.Near(t, "the answer", p.PredictedDowntime, math.Exp(corrected.LogDowntime(&b, far)))
	modeltest.Near(t, "the explained answer", p.Explanation.Prediction, p.PredictedDowntime)
	if before := math.Exp(uncorrected.LogDowntime(&b, far)); p.PredictedDowntime < 1.2*before {
		t.Errorf("the answer is %v, uncorrected %v", p.PredictedDowntime, before)
	}
}

// Where there is no prior, there is nothing to correct, and nothing to report of it.
func TestNoPriorToCorrect(t *testing.T) {
	examples := append(madeAt(draw(60, 21), ""), madeAt(draw(40, 22), "there")...)
	m, r := develop(t, examples, Development{Options: small, TestSplit: 0.3})
	if got := m.Experts().Correction; got != (estimate.Correction{}) || r.Transfer != nil || r.Sites != nil {
		t.Errorf("learned %+v, report %+v and %+v", got, r.Transfer, r.Sites)
	}
	if p := m.Predict(examples[80].Features, model.Options{}); p.Support == prediction.Simulated {
		t.Errorf("support %s where real migrations lie", p.Support)
	}
}

// What the report says of the corrected prior is what migrations of the site would have been told if no expert of it
// had been near.
func TestCorrectionIsReported(t *testing.T) {
	_, r := develop(t, append(slower(draw(150, 21)), draw(150, 23)...), Development{Options: small, TestSplit: 0.3})
	if r.Transfer == nil || r.Transfer.Rows == 0 || r.Transfer.Rows > r.Test.Rows || r.Simulated == nil {
		t.Fatalf("report %+v", r.Transfer)
	}
	if c := float64(r.Transfer.Coverage90); c < 0.8 {
		t.Errorf("the interval holds %v", c)
	}
	if corrected(lab().experts, nil) != nil {
		t.Error("scores of no rows")
	}
}

// Each other site is judged by what was learned without it.
func TestSitesAreReported(t *testing.T) {
	wild, calm := noisy(madeAt(draw(60, 21), "wild"), 1.5), madeAt(draw(90, 22), "calm")
	examples := append(append(wild, calm...), draw(120, 23)...)
	m, r := develop(t, examples, Development{Options: small, TestSplit: 0.2})
	if len(r.Sites) != 2 || r.Sites[0].Site != "wild" || r.Sites[0].Rows != 60 || r.Sites[1].Site != "calm" || r.Sites[1].Rows != 90 {
		t.Fatalf("sites %+v", r.Sites)
	}
	for _, s := range r.Sites {
		if s.Downtime.Rows == 0 || s.TotalTime.Rows == 0 || s.Converge.Rows != s.Rows {
			t.Errorf("%s: %+v", s.Site, s)
		}
	}
	// The wild one is judged by the width that the calm one taught, and the calm one by the wild one's.
	if w, c := r.Sites[0].Downtime.Coverage90, r.Sites[1].Downtime.Coverage90; w > 0.85 || c < 0.9 {
		t.Errorf("the interval holds %.3f of the wild site, %.3f of the calm one", w, c)
	}
	es := m.Experts()
	unknown := ofUnknownSite(&es, learnDoubt(&es, bySite(examples)[1:], unknownSigma))
	h := predict(&unknown, wild, evaluate.Downtime)
	got, want := h.score(), r.Sites[0].Downtime
	if got.Rows != want.Rows || got.Coverage90 != want.Coverage90 {
		t.Errorf("the wild site is scored as %+v, by the width of the calm one it is %+v", want, got)
	}
	modeltest.Near(t, "its median error", float64(want.MedianRelativeError), float64(got.MedianRelativeError))
	if r.Test.Rows == 0 || r.Simulated != nil {
		t.Errorf("test %+v, simulated %+v", r.Test, r.Simulated)
	}
}
