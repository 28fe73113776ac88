package train

import (
	"testing"
	"time"

	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/precopy"
)

// at makes migrations end as the physics of a site says.
func at(site precopy.Site, examples []Example) []Example {
	for i := range madeAt(examples, "") {
		e := &examples[i]
		e.Untimed = nil
		vm, _ := site.Describe(e.Features)
		a := vm.Expected()
		e.Outcome.DowntimeMS, e.Outcome.TotalTimeMS = a.DowntimeMS, a.TotalTimeMS
	}
	return examples
}

// A prior is of all sites: its physics is that of a typical one, whatever the site's own is.
func TestThePhysicsOfASiteIsItsOwnExperts(t *testing.T) {
	far := precopy.Typical
	far.Overhead, far.Heat = 36*time.Millisecond, 1.5
	examples := at(far, draw(80, 61))
	m := mustTrain(t, append(examples, draw(80, 62)...), small)
	if got, want := m.experts.Site.Place, estimate.PlaceOf(outcomesOf(examples)); got != want || got == precopy.Typical {
		t.Errorf("the site's physics is that of %+v, want %+v", got, want)
	}
	if got := m.experts.Prior.Place; got != precopy.Typical {
		t.Errorf("the prior's physics is that of %+v", got)
	}
	if got := m.experts.Correction.Place; got != m.experts.Site.Place {
		t.Errorf("the prior answers as if at %+v", got)
	}
}
