package estimate

import (
	"cmp"
	"math"
	"slices"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/precopy"
)

// unknown is the forecast of a quantity that no training row told.
var unknown = evaluate.Forecast{Point: math.NaN(), Lower: math.NaN(), Upper: math.NaN(), Confidence: math.NaN()}

// forecast returns a distribution in ms, with the confidence that the expert of the greatest weight learned. No total
// time of x is shorter than its bytes take.
func forecast(d *Distribution, views []view, t evaluate.Target, x migration.Features) evaluate.Forecast {
	main := slices.MaxFunc(views, func(v, w view) int { return cmp.Compare(v.weightIn(t), w.weightIn(t)) })
	f := main.regressor(t).Forecast(d, main.class)
	if t == evaluate.TotalTime {
		return atLeast(f, leastTotalMS(x))
	}
	return f
}

// atLeast returns the forecast of a quantity that cannot be less than so many ms.
func atLeast(f evaluate.Forecast, ms float64) evaluate.Forecast {
	return each(f, func(v float64) float64 { return max(v, ms) })
}

// noShorter returns the forecast of a quantity of which another is a part.
func noShorter(f, part evaluate.Forecast) evaluate.Forecast {
	f = atLeast(f, part.Point)
	f.Lower, f.Upper = max(f.Lower, part.Lower), max(f.Upper, part.Upper)
	for i := range f.Quantiles {
		f.Quantiles[i] = max(f.Quantiles[i], part.Quantiles[i])
	}
	return f
}

// after returns the forecast of a quantity that begins so many ms late.
func after(f evaluate.Forecast, ms float64) evaluate.Forecast {
	return each(f, func(v float64) float64 { return v + ms })
}

// each returns the forecast with every time of it changed in the same way.
func each(f evaluate.Forecast, change func(ms float64) float64) evaluate.Forecast {
	f.Point, f.Lower, f.Upper = change(f.Point), change(f.Lower), change(f.Upper)
	for i := range f.Quantiles {
		f.Quantiles[i] = change(f.Quantiles[i])
	}
	return f
}

// unsentMiB is what of the resident memory may not be sent: the hypervisor's own, and pages that hold zeros after all.
const unsentMiB = 128

// leastTotalMS returns what the bytes of the first round take on the line that is known, 0 where either is not, or
// where fewer bytes than that are sent.
func leastTotalMS(x migration.Features) float64 {
	resident, mbps := x.Get(migration.ResidentMiB), roundMbps(x)
	if math.IsNaN(resident) || math.IsNaN(mbps) || x.Get(migration.HugePages) == 1 ||
		x.Get(migration.Compression) > 0 || x.Get(migration.Method) == migration.MethodCPR {
		return 0
	}
	if memory := x.Get(migration.MemoryMiB); memory < resident {
		resident = memory
	}
	return max(0, resident-unsentMiB) / (mbps * precopy.MiBPerMbit) * 1000
}
