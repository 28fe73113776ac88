package estimate

import (
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/floats"

	"vmmp/pkg/precopy"
)

// constant is one of a site's, with the values that are tried, and how improbable each is before any outcome is known:
// by how much the logarithm of its probability lies below that of the most probable one.
type constant struct {
	values []float64
	set    func(*precopy.Site, float64)
	doubt  func(v float64) float64
}

// constants are those that a site's own migrations tell, in the order in which they are searched: first where zeros lie
// and what is sent at all, then what is finer. They are doubted about as package population draws them.
var constants = []constant{
	{[]float64{float64(precopy.ZerosInside), float64(precopy.ZerosAsBooted)},
		func(s *precopy.Site, v float64) { s.Zeros = precopy.Zeros(v) }, unless(float64(precopy.ZerosInside))},
	{[]float64{0, 4.4, 8.4, 16.4, 32.4, 64.4},
		func(s *precopy.Site, v float64) { s.EndMiB = v }, unless(0, 16.4)},
	{[]float64{0, 10, 20, 30, 45, 60, 75, 90, 120},
		func(s *precopy.Site, v float64) { s.OffsetMiB = v }, func(v float64) float64 { return v / offsetMiB }},
	{[]float64{0.4, 0.5, 0.6, 0.7, 0.8, 0.87, 0.91, 0.941, 0.97, 1, 1.06, 1.12},
		func(s *precopy.Site, v float64) { s.Efficiency = v }, unless(0.941, 0.97, 1)},
	{[]float64{3, 5, 7, 10, 14, 19, 26, 36, 50},
		func(s *precopy.Site, v float64) { s.Overhead = time.Duration(v * float64(time.Millisecond)) },
		func(v float64) float64 { return square(math.Log(v/FixedMS)/fixedDeviation) / 2 }},
	{[]float64{1, 1.2, 1.5, 2, 2.5, 3},
		func(s *precopy.Site, v float64) { s.Heat = v }, func(v float64) float64 { return (v - 1) / heatDeviation }},
}

// unless returns the doubt of a constant that is one of the usual values at nineteen sites of twenty.
func unless(usual ...float64) func(float64) float64 {
	const rare = 3
	return func(v float64) float64 {
		if slices.Contains(usual, v) {
			return 0
		}
		return rare
	}
}

const (
	heatDeviation  = 0.5 // by which guests dirty faster while they are moved, in the mean of the sites
	pauseDeviation = 0.3
	roundDeviation = 0.05 // of what the physics says of a pause and of a total time, where the site is known
)

// Of a site's migrations a sample tells its constants, in a few turns over all of them.
const (
	placeSample = 400
	placeTurns  = 4
)

// PlaceOf returns the most probable site of which the physics would expect what happened there, a typical one where no
// outcome tells anything. It is found by search along one constant after the other.
func PlaceOf(outcomes []Outcome) precopy.Site {
	place, sample := precopy.Typical, telling(outcomes)
	least := misfit(&place, sample)
	doubts := make([]float64, len(constants))
	for range placeTurns {
		for i, c := range constants {
			for _, v := range c.values {
				tried := place
				c.set(&tried, v)
				if off := misfit(&tried, sample) + c.doubt(v) + floats.Sum(doubts) - doubts[i]; off < least {
					place, least, doubts[i] = tried, off, c.doubt(v)
				}
			}
		}
	}
	return place
}

// telling returns the outcomes that tell a site's constants, evenly drawn where they are many.
func telling(outcomes []Outcome) []Outcome {
	all := slices.DeleteFunc(slices.Clone(outcomes), func(o Outcome) bool {
		return math.IsNaN(o.DowntimeMS) && math.IsNaN(o.TotalTimeMS) || !Computable(o.Features.Known())
	})
	if len(all) <= placeSample {
		return all
	}
	sample := make([]Outcome, placeSample)
	for i := range sample {
		sample[i] = all[i*len(all)/placeSample]
	}
	return sample
}

// misfit returns how improbable the outcomes are at a place by its physics, as the negative of a logarithm.
func misfit(place *precopy.Site, outcomes []Outcome) float64 {
	losses := make([]float64, len(outcomes))
	Parallel(len(outcomes), func(_ *Buffers, i int) {
		o := &outcomes[i]
		vm, ok := place.Describe(o.Features)
		if !ok {
			return
		}
		a := vm.Expected()
		if !math.IsNaN(o.DowntimeMS) {
			losses[i] += robust((LogMS(a.DowntimeMS) - LogMS(o.DowntimeMS)) / pauseDeviation)
		}
		if !math.IsNaN(o.TotalTimeMS) {
			losses[i] += robust((LogMS(a.TotalTimeMS) - LogMS(o.TotalTimeMS)) / roundDeviation)
		}
	})
	return floats.Sum(losses)
}
