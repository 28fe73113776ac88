package simulate

import (
	"cmp"
	"context"
	"iter"
	"math"
	"slices"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// Evacuation is how VMs leave their host over one link, one after the other. Its JSON is a contract.
type Evacuation struct {
	LinkMbps float64   `json:"link_mbps"`
	VMs      []Evacuee `json:"vms"` // in the best order

	// What the migrations came to in the best order, and in the one in which the VMs were given.
	Best  Departure `json:"best"`
	Given Departure `json:"given"`
}

// Evacuee is one VM of an evacuation.
type Evacuee struct {
	Position   int                   `json:"position"` // in the order in which the VMs were given, from 1
	Name       string                `json:"name"`
	MemoryMiB  float64               `json:"memory_mib"`
	Prediction prediction.Prediction `json:"prediction"`
	Outcome    Outcome               `json:"outcome"`
}

// Departure says how fast a host became empty.
type Departure struct {
	Away       int      `json:"away"`         // VMs that left; the others did not converge, or failed, and stayed
	HalfAwayMS *float64 `json:"half_away_ms"` // when half of all had left; null where they never did
	MeanAwayMS *float64 `json:"mean_away_ms"` // mean time at which those that left did
	TotalMS    float64  `json:"total_ms"`     // when the last attempt was over
}

// overOneLink returns VMs whose migrations have a link of that many Mbps to themselves: no other cap holds them back.
func overOneLink(vms []VM, mbps float64) []VM {
	linked := slices.Clone(vms)
	for i := range linked {
		x := &linked[i].Features
		x.Set(migration.NetworkBandwidth, mbps)
		x.Set(migration.BandwidthCap, math.NaN())
	}
	return linked
}

// evacuate predicts the best order for VMs to leave their host over a link of that many Mbps, and has the physics
// migrate them.
//
// The best order is that of the largest predicted probability of convergence over predicted total time. It makes the
// VMs that are out at any time the most that can be expected: Smith's rule (Naval Research Logistics 3, 1956) for
// jobs that pay only when they succeed, by their means (Rothkopf, Management Science 12, 1966). A VM that is not
// expected to converge would hold all others up, and goes last.
func evacuate(ctx context.Context, p Predictor, vms []VM, mbps float64, seed uint64) (Evacuation, error) {
	e := Evacuation{LinkMbps: mbps}
	for m, err := range stream(ctx, p, Physics{}, of(overOneLink(vms, mbps)), seed) {
		if err != nil {
			return Evacuation{}, err
		}
		e.VMs = append(e.VMs, Evacuee{
			Position: len(e.VMs) + 1, Name: m.Name, MemoryMiB: m.Features.Get(migration.MemoryMiB),
			Prediction: m.Prediction, Outcome: m.Outcome,
		})
	}
	e.Given = depart(slices.Values(e.VMs), len(e.VMs))
	slices.SortStableFunc(e.VMs, func(a, b Evacuee) int { return -cmp.Compare(a.urgency(), b.urgency()) })
	e.Best = depart(slices.Values(e.VMs), len(e.VMs))
	return e, nil
}

// urgency returns what a millisecond of the link is expected to be worth: departures.
func (e *Evacuee) urgency() float64 {
	return e.Prediction.ConvergenceProbability / max(float64(e.Prediction.PredictedTotalTimeMS), 1)
}

// depart returns how fast n VMs leave in their order.
func depart(vms iter.Seq[Evacuee], n int) Departure {
	var d Departure
	sum := 0.0
	for vm := range vms {
		d.TotalMS += orZero(vm.Outcome.TotalTimeMS)
		if vm.Outcome.Status != migration.Completed {
			continue
		}
		d.Away++
		sum += d.TotalMS
		if at := d.TotalMS; 2*d.Away >= n && d.HalfAwayMS == nil {
			d.HalfAwayMS = &at
		}
	}
	if d.Away > 0 {
		sum /= float64(d.Away)
		d.MeanAwayMS = &sum
	}
	return d
}

func orZero(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}
