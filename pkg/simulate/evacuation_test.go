package simulate

import (
	"slices"
	"testing"

	"vmmp/pkg/migration"
)

// evacueesOf took so many ms each, and left their host or stayed.
func evacueesOf(of map[float64]bool, order ...float64) []Evacuee {
	var all []Evacuee
	for i, took := range order {
		outcome := Outcome{TotalTimeMS: &took, Status: migration.NotConverged}
		if of[took] {
			outcome.Status = migration.Completed
		}
		all = append(all, Evacuee{Position: i + 1, Outcome: outcome})
	}
	return all
}

func TestDepart(t *testing.T) {
	vms := evacueesOf(map[float64]bool{100: true, 200: true, 10: true}, 100, 50, 200, 10)
	d := depart(slices.Values(vms), len(vms))
	if d.Away != 3 || d.TotalMS != 360 {
		t.Errorf("%d away in %g ms", d.Away, d.TotalMS)
	}
	equal(t, "half away", d.HalfAwayMS, 350)
	equal(t, "mean away", d.MeanAwayMS, (100+350+360)/3.0)
	if stuck := depart(slices.Values(vms[1:2]), 1); stuck.MeanAwayMS != nil || stuck.HalfAwayMS != nil || stuck.TotalMS != 50 {
		t.Errorf("nobody left: %+v", stuck)
	}
}

// The best order empties the host sooner than the given one does, in the mean over many hosts, and always lets all
// VMs leave that would leave in another order.
func TestEvacuate(t *testing.T) {
	p := Local{Model: embedded(t)}
	best, given := 0.0, 0.0
	for seed := range uint64(10) {
		e, err := evacuate(t.Context(), p, fleetVMs(seed, 20), 10_000, seed)
		if err != nil {
			t.Fatal(err)
		}
		if len(e.VMs) != 20 || e.Best.Away != e.Given.Away || e.Best.TotalMS-e.Given.TotalMS > 1e-6*e.Best.TotalMS {
			t.Errorf("seed %d: %+v, given %+v", seed, e.Best, e.Given)
		}
		for i := range e.VMs[1:] {
			if e.VMs[i].urgency() < e.VMs[i+1].urgency() {
				t.Errorf("seed %d: VM %d goes before one that is more urgent", seed, i)
			}
		}
		best, given = best+*e.Best.MeanAwayMS, given+*e.Given.MeanAwayMS
	}
	t.Logf("mean time to leave: %.0f s, in the given order %.0f s", best/10/1000, given/10/1000)
	if best > given/2 {
		t.Errorf("mean time to leave: %.0f ms in the best order, %.0f as given", best/10, given/10)
	}
}
