package train

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/precopy"
)

// far is a site that is unlike a typical one in each constant that migrations tell.
func far() precopy.Site {
	s := precopy.Typical
	s.Overhead, s.Efficiency, s.OffsetMiB, s.Heat, s.EndMiB = 36*time.Millisecond, 0.8, 60, 1.5, 0
	return s
}

// at makes migrations end as the physics of a site says, but for a little noise.
func at(site precopy.Site, examples []Example) []Example {
	r := rand.New(rand.NewPCG(9, 9))
	for i := range madeAt(examples, "") {
		e := &examples[i]
		e.Features.Set(migration.TimeoutS, math.NaN())
		e.Features.Set(migration.BandwidthCap, math.NaN())
		e.Untimed = nil
		vm, _ := site.Describe(e.Features)
		a := vm.Expected()
		e.Outcome = outcome(migration.Completed, a.DowntimeMS*math.Exp(0.05*r.NormFloat64()), 3)
		e.Outcome.TotalTimeMS = a.TotalTimeMS * math.Exp(0.01*r.NormFloat64())
	}
	return examples
}

func TestFitSiteFindsItsConstants(t *testing.T) {
	truth := far()
	examples := at(truth, draw(150, 61))
	site := fitSite(examples)
	sample := siteExamples(examples)
	typical := precopy.Typical
	before, after, best := siteError(&typical, sample), siteError(&site, sample), siteError(&truth, sample)
	if after > 1.2*best || before < 3*best {
		t.Errorf("the physics is %.3f off, of a typical site %.3f, of the true one %.3f", after, before, best)
	}
	if off := math.Abs(site.Efficiency - truth.Efficiency); off > 0.08 {
		t.Errorf("efficiency %v, want %v", site.Efficiency, truth.Efficiency)
	}
	if off := site.Overhead - truth.Overhead; off.Abs() > 15*time.Millisecond {
		t.Errorf("overhead %v, want %v", site.Overhead, truth.Overhead)
	}
	if !site.Valid() {
		t.Errorf("not valid: %+v", site)
	}
}

func TestFitSiteOfFewIsTypical(t *testing.T) {
	few := at(far(), draw(fewestExamples-1, 61))
	blind := at(far(), draw(60, 61))
	for i := range blind {
		blind[i].Features = blind[i].Features.Only(estimate.SeedFeatures)
	}
	for name, examples := range map[string][]Example{"none": nil, "few": few, "no physics": blind} {
		if got := fitSite(examples); got != precopy.Typical {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// What nobody has recorded is not taken to be as the physics says.
func TestSiteErrorIsOfWhatIsKnown(t *testing.T) {
	truth := far()
	examples := at(truth, draw(60, 61))
	sample := siteExamples(examples)
	typical := precopy.Typical
	known := siteError(&typical, sample)
	for i := range examples[:40] {
		examples[i].Outcome.TotalTimeMS = math.NaN()
	}
	if got := siteError(&typical, sample); math.Abs(got/known-1) > 0.3 {
		t.Errorf("the error is %.3f where few total times are known, %.3f where all are", got, known)
	}
	for i := range examples {
		examples[i].Outcome.TotalTimeMS = math.NaN()
	}
	if got := siteError(&typical, sample); !(got > 0 && got < known) {
		t.Errorf("the error of downtimes alone is %.3f, with total times %.3f", got, known)
	}
	lost := []*Example{{}, {}}
	if got := siteError(&typical, lost); !math.IsInf(got, 1) {
		t.Errorf("the error of what the physics cannot be computed of is %v", got)
	}
}

// A prior is of all sites: its physics is that of a typical one, whatever the site's own is.
func TestThePhysicsOfASiteIsItsOwnExperts(t *testing.T) {
	examples := at(far(), draw(80, 61))
	m := mustTrain(t, append(examples, draw(80, 62)...), small)
	if got, want := m.experts.Site.Place, fitSite(examples); got != want || got == precopy.Typical {
		t.Errorf("the site's physics is that of %+v, want %+v", got, want)
	}
	if got := m.experts.Prior.Place; got != precopy.Typical {
		t.Errorf("the prior's physics is that of %+v", got)
	}
}

func TestSiteExamplesAreDrawnEvenly(t *testing.T) {
	examples := at(far(), draw(siteSample+100, 61))
	for i := range examples {
		if i%10 == 0 {
			examples[i].Outcome = outcome(migration.Failed, math.NaN(), 3)
		}
	}
	sample := siteExamples(examples)
	drawn := map[*Example]bool{}
	for _, e := range sample {
		if _, ok := downtimeMS(e.Outcome); !ok || drawn[e] {
			t.Fatalf("%+v is drawn twice, or tells nothing", e)
		}
		drawn[e] = true
	}
	early := 0
	for i := range examples[:len(examples)/2] {
		if drawn[&examples[i]] {
			early++
		}
	}
	if len(sample) != siteSample || early < siteSample/2-2 || early > siteSample/2+2 {
		t.Errorf("%d are drawn, %d of them of the first half", len(sample), early)
	}
	if all := siteExamples(examples[:100]); len(all) != 90 {
		t.Errorf("%d of 90 are drawn", len(all))
	}
}
