package population

import (
	"math"
	"math/rand/v2"
	"time"

	"vmmp/pkg/migration"
)

const (
	// candidates of the fleet are drawn for each guest of Like; the most alike is
	// taken. TestLikeTheFleetIsTheFleet measures that they are enough.
	candidates = 64

	// likeStream keeps the guests of Like apart from those that the same seed draws
	// of the fleet, of which a model may have learned.
	likeStream = 0x6c696b65
)

// Like returns a migration of a guest of the fleet that agrees with all that x knows:
// what can happen to a VM of which no more is known. x must be valid
// (migration.Features.Validate), but may lack any feature. The Features of the Draw
// are x and no more, its Group is empty. It depends on x, the seed and i alone; other
// i are other guests. A timeout that x does not state does not exist: Outcome and
// Untimed are then the same. One in two hundred fails.
func Like(x migration.Features, seed, i uint64) Draw {
	r := newRand(seed^likeStream, i)
	g := drawNearest(r, x)
	g.resemble(r, x)
	d := g.draw(drawNoise(r, g.site.stopSigma))
	d.Features = x
	d.Source = migration.SourcePrecopy
	d.interrupt(r)
	return d
}

// drawNearest draws candidates of the fleet and takes the one most like x. That
// conditions what x does not know on what it knows, whatever that is.
func drawNearest(r *rand.Rand, x migration.Features) guest {
	if c := x.Curve(); c.Known() && !x.Known().Has(migration.DirtyRate) {
		x.Set(migration.DirtyRate, c.At(1))
	}
	over := informative(x.Known())
	var nearest guest
	least := math.Inf(1)
	for range candidates {
		g := drawGuest(r)
		if d := distance(&x, &g.features, over); d < least {
			nearest, least = g, d
		}
	}
	return nearest
}

// informative returns the known features that tell something of those that are not. The link tells only of its cap,
// and the cap nothing more once the link is known.
func informative(known migration.Set) migration.Set {
	informs := migration.Of(migration.CPULoad, migration.MemoryUsage, migration.DiskIO, migration.MemoryMiB,
		migration.ResidentMiB, migration.VCPUs, migration.DirtyRate, migration.WorkingSetMiB)
	if !known.Has(migration.NetworkBandwidth) {
		informs |= migration.Of(migration.BandwidthCap)
	}
	return known & informs
}

// distance returns how unlike x and y are, squared, over features that both know.
func distance(x, y *migration.Features, over migration.Set) float64 {
	sum := 0.0
	for f := range over.All() {
		d := magnitude(f, x.Get(f)) - magnitude(f, y.Get(f))
		sum += d * d
	}
	return sum
}

// magnitude returns the scale on which features are compared: the logarithm of a size, the log-odds of a percentage.
func magnitude(f migration.Feature, v float64) float64 {
	const least = 0.01 // of any unit: below that nothing is told apart
	if f == migration.CPULoad || f == migration.MemoryUsage {
		v = clamp(v, least, 100-least)
		return math.Log(v / (100 - v))
	}
	return math.Log(max(v, least))
}

// resemble makes g agree with what x knows, and what x does not know follow: a
// guest with twice the RAM has twice the working set.
func (g *guest) resemble(r *rand.Rand, x migration.Features) {
	drawn := g.features
	g.features = x.Or(g.features)
	for f := range (methods &^ x.Known()).All() {
		g.features.Set(f, math.NaN())
	}
	g.resembleLink(&drawn, &x)
	g.resembleMemory(r, &x)
	g.resembleWrites(r, &drawn, &x)
	g.timeout = 0
	if x.Known().Has(migration.TimeoutS) {
		g.timeout = time.Duration(x.Get(migration.TimeoutS) * float64(time.Second))
	}
}

// resembleLink keeps the share of the link that the rounds may use where no cap is
// known. A line that is not known carries at least what its cap allows.
func (g *guest) resembleLink(drawn, x *migration.Features) {
	line := g.features.Get(migration.NetworkBandwidth)
	if !x.Known().Has(migration.BandwidthCap) {
		share := drawn.Get(migration.BandwidthCap) / drawn.Get(migration.NetworkBandwidth)
		g.features.Set(migration.BandwidthCap, max(1, line*share))
	} else if !x.Known().Has(migration.NetworkBandwidth) {
		g.features.Set(migration.NetworkBandwidth, max(line, x.Get(migration.BandwidthCap)))
	}
}

// resembleMemory takes the resident memory that is known, or draws it anew for the RAM and its use. Of huge pages
// all is resident, which tells nothing.
func (g *guest) resembleMemory(r *rand.Rand, x *migration.Features) {
	memory, used := g.features.Get(migration.MemoryMiB), g.features.Get(migration.MemoryUsage)
	g.resident = drawResident(r, memory, used)
	if x.Known().Has(migration.ResidentMiB) && x.Get(migration.HugePages) != 1 {
		g.resident = max(0, x.Get(migration.ResidentMiB)-g.site.OffsetMiB)
		g.features.Set(migration.MemoryMiB, max(memory, g.resident))
	}
	if x.Known().Has(migration.ZeroTailMiB) {
		g.layout.end = x.Get(migration.ZeroTailMiB)
	}
}

// resembleWrites makes the true dirtying agree with what was measured of it, up to
// the error of such a measurement; where nothing was, it grows with the root of the RAM, as in the fleet.
func (g *guest) resembleWrites(r *rand.Rand, drawn, x *migration.Features) {
	scale := lognormal(r, 1, measureSigma)
	rate := x.Get(migration.DirtyRate) / (scale * lognormal(r, 1, pointSigma))
	plateau := x.Get(migration.WorkingSetMiB) / (scale * lognormal(r, 1, plateauSigma))
	if x.Known().Has(migration.DirtyCurve) {
		curve, first := x.Curve(), x.Points()[0].Seconds
		shape := curve.At(first) / g.truth.at(first)
		g.dirty = func(t float64) float64 {
			if t < first {
				return g.truth.at(t) * shape / scale
			}
			return curve.At(t) / scale
		}
		return
	}
	if math.IsNaN(rate) {
		larger := math.Sqrt(g.features.Get(migration.MemoryMiB) / drawn.Get(migration.MemoryMiB))
		g.truth = g.truth.scaled(larger, larger)
	}
	g.truth = g.truth.fitted(rate, plateau)
	g.dirty = g.truth.at
}
