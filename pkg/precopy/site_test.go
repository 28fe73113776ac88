package precopy

import (
	"math"
	"testing"

	"vmmp/pkg/migration"
)

// at is Typical with a change.
func at(change func(*Site)) *Site {
	site := Typical
	change(&site)
	return &site
}

func TestOneStreamCarriesNoMoreThanItCan(t *testing.T) {
	analyse := func(gbps float64) Analysis {
		return described(t, features(map[migration.Feature]float64{migration.NetworkBandwidth: 1000 * gbps})).Analyse(ZerosInside)
	}
	ten, most := analyse(10), analyse(25)
	if ten.TotalTimeMS < 1.5*most.TotalTimeMS {
		t.Errorf("%.0f ms at 10 Gbps, %.0f at 25", ten.TotalTimeMS, most.TotalTimeMS)
	}
	for _, gbps := range []float64{40, 100, 400} {
		if faster := analyse(gbps); faster != most {
			t.Errorf("%+v at %g Gbps, %+v at 25", faster, gbps, most)
		}
	}
	line, _ := Typical.Rates(features(map[migration.Feature]float64{migration.NetworkBandwidth: 25_000}))
	if want := Typical.StreamMbps * MiBPerMbit; line != want {
		t.Errorf("a link of 25 Gbps carries %g MiB/s, one stream of it %g", line, want)
	}
	const measured = 23_456 // what no link is sold as: some stream has carried it
	line, _ = Typical.Rates(features(map[migration.Feature]float64{migration.NetworkBandwidth: measured}))
	if want := measured * Typical.Efficiency * MiBPerMbit; line != want {
		t.Errorf("a measured bandwidth makes %g MiB/s, want %g", line, want)
	}
}

func TestRatesOfALinkAndACap(t *testing.T) {
	nan := math.NaN()
	for _, test := range []struct{ link, limit, line, round float64 }{
		{1000, nan, 500, 500},
		{1000, 200, 500, 200},
		{1000, 800, 500, 500}, // a cap above what the link carries holds nothing back
		{nan, 200, 200, 200},
		{nan, nan, nan, nan},
	} {
		x := features(map[migration.Feature]float64{migration.NetworkBandwidth: test.link, migration.BandwidthCap: test.limit})
		line, round := at(func(s *Site) { s.Efficiency = 0.5 }).Rates(x)
		for what, values := range map[string][2]float64{"line": {line, test.line}, "rounds": {round, test.round}} {
			if got, want := values[0], values[1]*MiBPerMbit; !(math.Abs(got-want) <= 1e-9) && !(math.IsNaN(got) && math.IsNaN(want)) {
				t.Errorf("link %g, cap %g Mbps: %s at %g MiB/s, want %g", test.link, test.limit, what, got, want)
			}
		}
	}
}

func TestResidentMemoryWithoutTheHypervisorsOwn(t *testing.T) {
	site := at(func(s *Site) { s.OffsetMiB = 60 })
	for _, test := range []struct{ resident, used, want float64 }{
		{3000, 50, 2940},
		{40, 50, 0},
		{math.NaN(), 50, 2048}, // what the guest says of itself has nothing of the hypervisor in it
		{math.NaN(), math.NaN(), 4096},
	} {
		vm := describedAt(t, site, features(map[migration.Feature]float64{
			migration.ResidentMiB: test.resident, migration.MemoryUsage: test.used,
		}))
		if got := vm.Params().ResidentMiB; math.Abs(got-test.want) > 1e-9 {
			t.Errorf("of %g MiB resident, %g %% in use, %g are sent, want %g", test.resident, test.used, got, test.want)
		}
	}
}

// A site at which guests dirty twice as fast during their migration as before makes of each what it would be of one
// that dirtied twice as fast.
func TestHeatIsOnTheDirtying(t *testing.T) {
	hot, ordinary := at(func(s *Site) { s.Heat = 2 }), &Typical
	for _, rate := range []float64{0, 5, 20, 45, 200} {
		known := func(rate float64) migration.Features {
			return features(map[migration.Feature]float64{migration.DirtyRate: rate, migration.WorkingSetMiB: 2000})
		}
		a := describedAt(t, hot, known(rate)).Analyse(ZerosInside)
		if b := describedAt(t, ordinary, known(2*rate)).Analyse(ZerosInside); a != b {
			t.Errorf("%g MiB/s where guests are hotter: %+v, twice of it elsewhere: %+v", rate, a, b)
		}
	}
}

func TestFixedPartIsTheSites(t *testing.T) {
	x := features(nil)
	slow := at(func(s *Site) { s.Overhead *= 3 })
	longer := describedAt(t, slow, x).Analyse(ZerosInside).DowntimeMS - described(t, x).Analyse(ZerosInside).DowntimeMS
	if want := 2 * milliseconds(Typical.Overhead); math.Abs(longer-want) > 1e-3 {
		t.Errorf("the pause is %g ms longer, want %g", longer, want)
	}
}

// The display's memory, which nobody looks at, counts as left until the guest is stopped, and is sent in no time.
func TestDisplayShortensThePauseOfAnIdleGuest(t *testing.T) {
	without := at(func(s *Site) { s.EndMiB = 0 })
	shorter, n := 0.0, 0
	for resident := 2000.0; resident < 4000; resident += 11 {
		x := features(map[migration.Feature]float64{migration.DirtyRate: 0, migration.ResidentMiB: resident})
		shorter += describedAt(t, without, x).Analyse(ZerosInside).DowntimeMS
		shorter -= described(t, x).Analyse(ZerosInside).DowntimeMS
		n++
	}
	line, _ := Typical.Rates(features(nil))
	want := 1000*Typical.EndMiB/line - 1000*Typical.EndMiB/Typical.ZeroRate
	if mean := shorter / float64(n); math.Abs(mean-want) > 0.03*want {
		t.Errorf("shorter by %.1f ms on average, want %.1f", mean, want)
	}
}
