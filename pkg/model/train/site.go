package train

import (
	"math"
	"slices"
	"time"

	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/precopy"
)

// constant is one of a site's, with the values that are tried.
type constant struct {
	values []float64
	set    func(*precopy.Site, float64)
}

// constants are those that a site's own migrations tell, in the order in which they are searched: first where zeros lie
// and what is sent at all, then what is finer.
var constants = []constant{
	{[]float64{float64(precopy.ZerosInside), float64(precopy.ZerosAsBooted)},
		func(s *precopy.Site, v float64) { s.Zeros = precopy.Zeros(v) }},
	{[]float64{0, 4.4, 8.4, 16.4, 32.4, 64.4}, func(s *precopy.Site, v float64) { s.EndMiB = v }},
	{[]float64{0, 10, 20, 30, 45, 60, 75, 90}, func(s *precopy.Site, v float64) { s.OffsetMiB = v }},
	{[]float64{0.7, 0.8, 0.87, 0.91, 0.941, 0.97, 1}, func(s *precopy.Site, v float64) { s.Efficiency = v }},
	{[]float64{3, 5, 7, 10, 14, 19, 26, 36, 50},
		func(s *precopy.Site, v float64) { s.Overhead = time.Duration(v * float64(time.Millisecond)) }},
	{[]float64{1, 1.2, 1.5, 2, 2.5, 3}, func(s *precopy.Site, v float64) { s.Heat = v }},
}

// Of a site's migrations a sample tells its constants, in a few turns over all of them.
const (
	siteSample = 400
	siteTurns  = 2
)

// fitSite returns the site whose physics comes nearest to what happened there: that with the least median error of
// downtime and total time. Of few examples it is a typical one.
func fitSite(examples []Example) precopy.Site {
	site := precopy.Typical
	sample := siteExamples(examples)
	if len(sample) < fewestExamples {
		return site
	}
	least := siteError(&site, sample)
	for range siteTurns {
		for _, c := range constants {
			for _, v := range c.values {
				tried := site
				c.set(&tried, v)
				if off := siteError(&tried, sample); off < least {
					site, least = tried, off
				}
			}
		}
	}
	return site
}

// siteExamples returns the examples that tell a site's constants, evenly drawn where they are many.
func siteExamples(examples []Example) []*Example {
	var all []*Example
	for i := range examples {
		e := &examples[i]
		if _, ok := downtimeMS(e.Outcome); ok && estimate.Computable(e.Features.Known()) {
			all = append(all, e)
		}
	}
	if len(all) <= siteSample {
		return all
	}
	step := float64(len(all)) / siteSample
	sample := make([]*Example, siteSample)
	for i := range sample {
		sample[i] = all[int(float64(i)*step)]
	}
	return sample
}

// siteError returns how far the physics of a site is off: the median error of the logarithm of the downtime, and half
// that of the total time, which is known better.
func siteError(site *precopy.Site, sample []*Example) float64 {
	downtime, total := make([]float64, len(sample)), make([]float64, len(sample))
	estimate.Parallel(len(sample), func(_ *estimate.Buffers, i int) {
		e := sample[i]
		downtime[i], total[i] = math.Inf(1), math.NaN()
		vm, ok := site.Describe(e.Features)
		if !ok {
			return
		}
		a := vm.Expected()
		downtime[i] = math.Abs(estimate.LogMS(a.DowntimeMS) - estimate.LogMS(e.Outcome.DowntimeMS))
		if ms, ok := totalTimeMS(e.Outcome); ok {
			total[i] = math.Abs(estimate.LogMS(a.TotalTimeMS) - estimate.LogMS(ms))
		}
	})
	slices.Sort(downtime)
	off := downtime[len(downtime)/2]
	if total = slices.DeleteFunc(total, math.IsNaN); len(total) > 0 {
		slices.Sort(total)
		off += total[len(total)/2] / 2
	}
	return off
}
