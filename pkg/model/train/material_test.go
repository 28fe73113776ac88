package train

import (
	"testing"
	"time"

	"vmmp/pkg/migration"
)

func TestLearnable(t *testing.T) {
	for status, want := range map[migration.Status]bool{
		migration.Completed: true, migration.Forced: true, migration.NotConverged: true, migration.Failed: false, migration.StatusUnknown: false,
	} {
		o := migration.UnknownOutcome()
		if o.Status = status; Learnable(&o) != want {
			t.Errorf("%q is learnable: %v", status, !want)
		}
	}
}

func TestMaterial(t *testing.T) {
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.FixedZone("", 3600))
	var m Material
	if m.Newest() != nil {
		t.Error("nothing has a date")
	}
	m.Record("recorded", []migration.Record{{Outcome: migration.UnknownOutcome(), At: at}, {}})
	m.Simulate("fleet", []Example{{}}, 7)
	if newest := m.Newest(); newest == nil || !newest.Equal(at) || newest.Location() != time.UTC {
		t.Errorf("newest %v", newest)
	}
	if len(m.Examples) != 3 || len(m.Sources) != 2 || m.Sources[0].Rows != 2 || m.Sources[1].Name != "fleet" || m.Sources[1].Seed != 7 {
		t.Errorf("%d examples of %+v", len(m.Examples), m.Sources)
	}
}
