package population

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/migration"
)

// likes are the first n migrations of VMs like x.
func likes(n int, x migration.Features, seed uint64) []Draw {
	all := make([]Draw, n)
	for i := range all {
		all[i] = Like(x, seed, uint64(i))
	}
	return all
}

// vm knows all of a busy 8 GiB VM on 10 GbE but its dirty curve, with the given
// changes; a value of NaN makes a feature unknown.
func vm(change map[migration.Feature]float64) migration.Features {
	var x migration.Features
	for f, v := range map[migration.Feature]float64{
		migration.CPULoad: 60, migration.MemoryUsage: 70, migration.DiskIO: 20, migration.NetworkBandwidth: 10_000,
		migration.BandwidthCap: 8000, migration.MemoryMiB: 8192, migration.ResidentMiB: 6000, migration.VCPUs: 4,
		migration.DirtyRate: 100, migration.WorkingSetMiB: 1000, migration.DowntimeLimitMS: 300,
		migration.TimeoutS: 600, migration.AutoConverge: 0,
	} {
		x.Set(f, v)
	}
	for f, v := range change {
		x.Set(f, v)
	}
	return x
}

func TestLikeIsDeterministicAndAPrefix(t *testing.T) {
	x := vm(nil)
	short, long := likes(5, x, 7), likes(20, x, 7)
	if diff := cmp.Diff(short, long[:5], equateNaN); diff != "" {
		t.Errorf("the first five of twenty differ:\n%s", diff)
	}
	if other := likes(5, x, 8); cmp.Equal(short, other, equateNaN) {
		t.Error("another seed gives the same migrations")
	}
	for i := range long[1:] {
		if cmp.Equal(long[i], long[i+1], equateNaN) {
			t.Errorf("migrations %d and %d are the same", i, i+1)
		}
	}
}

func TestLikeTellsWhatAnOperatorKnows(t *testing.T) {
	for _, x := range []migration.Features{{}, vm(nil), vm(map[migration.Feature]float64{migration.TimeoutS: math.NaN()})} {
		for _, d := range likes(50, x, 1) {
			if !d.Features.Equal(x) || d.Group != "" || d.Source != migration.SourcePrecopy {
				t.Fatalf("a migration of %v came out as one of %v (group %q, source %q)", x, d.Features, d.Group, d.Source)
			}
			if !x.Known().Has(migration.TimeoutS) && !cmp.Equal(d.Outcome, d.Untimed, equateNaN) {
				t.Fatalf("nobody stated a timeout, yet %+v and %+v", d.Outcome, d.Untimed)
			}
		}
	}
}

// resembling are the first n guests that Like migrates.
func resembling(n int, x migration.Features) []guest {
	guests := make([]guest, n)
	for i := range guests {
		r := newRand(1, uint64(i))
		guests[i] = drawNearest(r, x)
		guests[i].resemble(r, x)
	}
	return guests
}

func TestLikeAgreesWithEverythingKnown(t *testing.T) {
	const mostNoise = 1.6 // five sigma of a measurement
	curved := vm(nil)
	curved.SetPoints([]migration.Point{{Seconds: 0.5, MiB: 60}, {Seconds: 1, MiB: 100}, {Seconds: 5, MiB: 300}})
	for name, x := range map[string]migration.Features{
		"rate and plateau": vm(nil),
		"rate alone":       vm(map[migration.Feature]float64{migration.WorkingSetMiB: math.NaN()}),
		"plateau alone":    vm(map[migration.Feature]float64{migration.DirtyRate: math.NaN()}),
		"curve":            curved,
	} {
		for _, g := range resembling(200, x) {
			for f := range x.Known().All() {
				if f != migration.DirtyCurve && g.features.Get(f) != x.Get(f) {
					t.Fatalf("%s: %s is %g, want %g", name, f, g.features.Get(f), x.Get(f))
				}
			}
			if told := g.resident + g.site.OffsetMiB; math.Abs(told-6000) > 1e-6 || g.timeout.Seconds() != 600 {
				t.Fatalf("%s: resident %g MiB, timeout %v", name, told, g.timeout)
			}
			if rate := g.dirty(1); x.Known().Has(migration.DirtyRate) && !(rate > 100/mostNoise && rate < 100*mostNoise) {
				t.Fatalf("%s: dirties %g MiB in a second, measured were 100", name, rate)
			}
			if plateau := g.dirty(1e7); x.Known().Has(migration.WorkingSetMiB) && !(plateau > 1000/mostNoise && plateau < 1000*mostNoise) {
				t.Fatalf("%s: dirties %g MiB in the end, measured were 1000", name, plateau)
			}
			if mib := g.dirty(5); name == "curve" && !(mib > 300/mostNoise && mib < 300*mostNoise) {
				t.Fatalf("dirties %g MiB in 5 s, measured were 300", mib)
			}
		}
	}
}

// Nobody moves a VM by post-copy without knowing it.
func TestLikeMovesPlainlyWhereNoMethodIsKnown(t *testing.T) {
	known := methods | migration.Of(migration.CPULoad)
	for _, g := range resembling(300, vm(nil)) {
		if other := g.features.Known() & methods; other != 0 {
			t.Fatalf("nobody said so, yet %v is known", other)
		}
	}
	x := vm(map[migration.Feature]float64{migration.Method: migration.MethodPostcopy, migration.TLS: 1, migration.MultifdChannels: 4})
	for _, g := range resembling(100, x) {
		if !g.features.Only(known).Equal(x.Only(known)) {
			t.Fatalf("moved with %v, want %v", g.features, x)
		}
		if p := g.params(); !p.Postcopy {
			t.Fatalf("%+v", p)
		}
	}
}

func TestLikeBelievesThePageMap(t *testing.T) {
	for _, g := range resembling(100, vm(map[migration.Feature]float64{migration.ZeroTailMiB: 123})) {
		if got, want := g.params().EndMiB, 123+g.site.EndMiB; got != want {
			t.Fatalf("%g MiB of zeros at the end of RAM, want %g", got, want)
		}
	}
}

// Of a VM on huge pages, all of whose RAM is resident, what the guest uses tells what is sent.
func TestLikeSendsOfHugePagesWhatIsUsed(t *testing.T) {
	x := vm(map[migration.Feature]float64{migration.HugePages: 1, migration.ResidentMiB: 8192, migration.MemoryUsage: 30})
	for _, g := range resembling(100, x) {
		if g.resident < 0.3*8192 || g.resident > 0.45*8192 {
			t.Fatalf("%g MiB of 8192 are sent, 30 %% of which are in use", g.resident)
		}
	}
}

// Before the first window that was measured a guest rewrites a hot set, as some of the fleet do: it need not have
// dirtied a tenth in a tenth of the time.
func TestLikeOfACurveHasAShapeBeforeIt(t *testing.T) {
	x := vm(nil)
	x.SetPoints([]migration.Point{{Seconds: 1, MiB: 100}, {Seconds: 10, MiB: 400}})
	hot := 0
	for _, g := range resembling(200, x) {
		early, first := g.dirty(0.1), g.dirty(1)
		if !(early <= first) || math.Abs(g.dirty(1-1e-9)-first) > 1e-3*first {
			t.Fatalf("%g MiB in 0.1 s, %g in 1 s, %g just before", early, first, g.dirty(1-1e-9))
		}
		if early > 0.3*first {
			hot++
		}
	}
	if hot < 50 || hot > 180 {
		t.Errorf("%d of 200 guests dirty most of what they do in a second within a tenth of it", hot)
	}
}

// A rate above the working set is within what two measurements may differ by.
func TestLikeBelievesTheRateBeforeThePlateau(t *testing.T) {
	for _, g := range resembling(50, vm(map[migration.Feature]float64{migration.DirtyRate: 109, migration.WorkingSetMiB: 100})) {
		if rate, plateau := g.dirty(1), g.dirty(1e7); rate < 70 || plateau < rate || plateau > 1.5*rate {
			t.Fatalf("dirties %g MiB in a second and %g in the end", rate, plateau)
		}
	}
}

func TestLikeDrawsTheLinkThatTheCapAllows(t *testing.T) {
	x := vm(map[migration.Feature]float64{migration.NetworkBandwidth: math.NaN()})
	for _, g := range resembling(100, x) {
		if line := g.features.Get(migration.NetworkBandwidth); line < 8000 {
			t.Fatalf("a line of %g Mbps under a cap of 8000", line)
		}
	}
	x = vm(map[migration.Feature]float64{migration.BandwidthCap: math.NaN()})
	capped := 0
	for _, g := range resembling(400, x) {
		limit := g.features.Get(migration.BandwidthCap)
		if limit > 10_000 {
			t.Fatalf("a cap of %g Mbps on a line of 10000", limit)
		}
		if limit < 9999 {
			capped++
		}
	}
	if capped < 60 || capped > 140 {
		t.Errorf("%d of 400 guests are capped, want about a quarter", capped)
	}
}

// of summarises n migrations: the share that switched over, and medians of those.
func of(n int, x migration.Features) (converged, downtime, total float64) {
	var downtimes, totals []float64
	for _, d := range likes(n, x, 3) {
		if d.Outcome.Status == migration.Completed {
			downtimes, totals = append(downtimes, d.Outcome.DowntimeMS), append(totals, d.Outcome.TotalTimeMS)
		}
	}
	return float64(len(downtimes)) / float64(n), median(downtimes), median(totals)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// A failed migration ended somewhere on its way, and paused nobody.
func TestOneInTwoHundredFails(t *testing.T) {
	const n = 4000
	failed := 0
	for i, d := range likes(n, vm(nil), 5) {
		if d.Outcome.Status != migration.Failed {
			continue
		}
		failed++
		var whole Draw // the same run, had it not failed
		r := newRand(5^likeStream, uint64(i))
		g := drawNearest(r, vm(nil))
		g.resemble(r, vm(nil))
		whole = g.draw(drawNoise(r, g.site.stopSigma))
		if o := d.Outcome; !math.IsNaN(o.DowntimeMS) || !(o.TotalTimeMS <= whole.Outcome.TotalTimeMS && o.TransferredMiB <= whole.Outcome.TransferredMiB && o.Rounds <= whole.Outcome.Rounds) {
			t.Errorf("failed as %+v, whole as %+v", o, whole.Outcome)
		}
	}
	if failed < 8 || failed > 36 { // 20 of a Poisson variable: 4 in 10,000 lie outside
		t.Errorf("%d of %d failed, want about one in 200", failed, n)
	}
}

func TestLikeFollowsTheKnown(t *testing.T) {
	const n = 200
	nan := math.NaN()
	var converged, total [3]float64
	for i, rate := range []float64{5, 30, 5000} {
		converged[i], _, total[i] = of(n, vm(map[migration.Feature]float64{
			migration.DirtyRate: rate, migration.WorkingSetMiB: nan, migration.NetworkBandwidth: 1000, migration.BandwidthCap: nan}))
	}
	if !(total[0] < total[1]) || !(converged[0] >= converged[1] && converged[1] > converged[2]) {
		t.Errorf("hotter guests: converged %.2f, total time %.0f ms", converged, total)
	}
	var downtime [3]float64
	for i, mbps := range []float64{4000, 10_000, 100_000} {
		_, downtime[i], total[i] = of(n, vm(map[migration.Feature]float64{migration.NetworkBandwidth: mbps, migration.BandwidthCap: nan}))
	}
	if !(total[0] > total[1] && total[1] > total[2]) { // of the downtime that is not so: on a fast link the limit allows more to be left
		t.Errorf("faster links: downtime %.0f ms, total time %.0f ms", downtime, total)
	}
	for i, cpu := range []float64{2, 30, 95} {
		var x migration.Features
		x.Set(migration.CPULoad, cpu)
		x.Set(migration.MemoryUsage, 60)
		converged[i], downtime[i], _ = of(n, x)
	}
	if !(converged[0] >= converged[1] && converged[0] >= converged[2]) { // what computes all the time may dirty nothing
		t.Errorf("busier guests of which only that is known: converged %.2f, downtime %.0f ms", converged, downtime)
	}
}

// Whoever knows part of each guest of the fleet, and how it is moved, and asks for one like it gets the fleet back:
// what is not known is drawn as it goes with what is.
func TestLikeTheFleetIsTheFleet(t *testing.T) {
	fleet := Fleet.Draw(2000, 77)
	for name, known := range map[string]migration.Set{
		"no more":     0,
		"CPU and RAM": migration.Of(migration.CPULoad, migration.MemoryUsage),
		"a platform":  migration.Of(migration.CPULoad, migration.MemoryUsage, migration.MemoryMiB, migration.VCPUs, migration.DirtyRate),
		"everything":  migration.Everything,
	} {
		for _, busy := range []bool{false, true} {
			if name == "no more" && busy {
				continue
			}
			var own, like []migration.Outcome
			for i, d := range fleet {
				if busy && d.Features.Get(migration.CPULoad) < 50 {
					continue
				}
				own = append(own, d.Untimed)
				like = append(like, Like(d.Features.Only(known|methods), uint64(i), 0).Untimed)
			}
			compare(t, name, own, like)
		}
	}
}

// compare fails where two samples of one distribution would rarely differ so much.
func compare(t *testing.T, name string, a, b []migration.Outcome) {
	t.Helper()
	sharesA, logsA := spread(a)
	sharesB, logsB := spread(b)
	if math.Abs(sharesA-sharesB) > 0.06 {
		t.Errorf("%s known: %.3f converge, of the fleet %.3f", name, sharesB, sharesA)
	}
	for i := range logsA {
		if math.Abs(logsA[i]-logsB[i]) > 0.22 {
			t.Errorf("%s known: quartile %d of the downtime is %.0f ms, of the fleet %.0f", name, i+1, math.Exp(logsB[i]), math.Exp(logsA[i]))
		}
	}
}

// spread is the share that converged, and the quartiles of the log downtime.
func spread(outcomes []migration.Outcome) (float64, [3]float64) {
	var logs []float64
	for _, o := range outcomes {
		if o.Status == migration.Completed {
			logs = append(logs, math.Log(o.DowntimeMS))
		}
	}
	slices.Sort(logs)
	n := len(logs)
	return float64(n) / float64(len(outcomes)), [3]float64{logs[n/4], logs[n/2], logs[3*n/4]}
}

func BenchmarkLike(b *testing.B) {
	x := vm(nil)
	for b.Loop() {
		likes(100, x, 1)
	}
}
