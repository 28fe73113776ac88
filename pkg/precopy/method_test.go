package precopy

import (
	"math"
	"testing"
	"time"

	"vmmp/pkg/migration"
)

// Half the bytes make half the bandwidth that the hypervisor sees, so that half as much may be left: 15 of 1000 MiB,
// after 194 looks of 51 ms at 100 MiB/s.
func TestCompressionByHand(t *testing.T) {
	p := Params{ResidentMiB: 1000, RoundRate: 100, Wire: 0.5, StateMiB: 2, Overhead: 10 * time.Millisecond}
	r := mustRun(t, p)
	const left = 1000 - 194*5.1
	want := Result{
		Status: migration.Completed, Downtime: seconds(left/100 + 2./50 + 0.01), TotalTime: seconds(9.894 + left/100 + 0.05),
		TransferredMiB: 1000*0.5 + 2, RemainingMiB: left + 2, Rounds: 3,
	}
	sameResult(t, r, want)
}

// What is sent a second time takes half the time, and its bytes are half.
func TestXBZRLEByHand(t *testing.T) {
	// As in TestRunByHand, 25.9 MiB of the first pass and 94.887081 of dirty pages are left after 9.741 s. The first
	// take 0.259 s, the others are sent at 200 MiB/s. Look 12 after that, 0.612 s later, has seen 70.6 of them go and
	// finds 24.287081; 6.12 were dirtied meanwhile.
	p := Params{ResidentMiB: 1000, RoundRate: 100, Resend: 0.5, Dirty: func(t float64) float64 { return 10 * t }}
	r := mustRun(t, p)
	const again = 24.287081 + 6.12   // too much by 0.4
	const left = again - 10.2 + 0.51 // a look later
	want := Result{
		Status: migration.Completed, Downtime: seconds(left / 200), TotalTime: seconds(10.404 + left/200),
		TransferredMiB: 1000 + (94.887081+6.12+0.51)/2, RemainingMiB: left, Rounds: 5,
	}
	sameResult(t, r, want)
}

// Pages that were sent before cost less, so that a guest converges that dirties more than the link carries.
func TestXBZRLEConvergesAboveTheBandwidth(t *testing.T) {
	p := Params{ResidentMiB: 1000, RoundRate: 100, Dirty: uniform(120, 800)}
	if r := mustRun(t, p); r.Status != migration.NotConverged {
		t.Errorf("without: %s", r.Status)
	}
	p.Resend = 0.5
	if r := mustRun(t, p); r.Status != migration.Completed {
		t.Errorf("with XBZRLE: %s", r.Status)
	}
}

func TestPostcopyByHand(t *testing.T) {
	p := Params{
		ResidentMiB: 1000, MemoryMiB: 6000, RoundRate: 100, LineRate: 200, ZeroRate: 10_000, StateMiB: 4, Postcopy: true,
		Overhead: 3 * time.Millisecond, Dirty: uniform(1e6, 900), Timeout: time.Second,
	}
	sameResult(t, mustRun(t, p), Result{
		Status: migration.Completed, Downtime: 23 * time.Millisecond, TotalTime: seconds(0.023 + 10 + 0.5),
		TransferredMiB: 1004, RemainingMiB: 4, Rounds: 2,
	})
}

func sameResult(t *testing.T, got, want Result) {
	t.Helper()
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-5 }
	if got.Status != want.Status || got.Rounds != want.Rounds ||
		!near(got.Downtime.Seconds(), want.Downtime.Seconds()) || !near(got.TotalTime.Seconds(), want.TotalTime.Seconds()) ||
		!near(got.TransferredMiB, want.TransferredMiB) || !near(got.RemainingMiB, want.RemainingMiB) {
		got.Trace = nil
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// moved is a VM on 40 Gbps whose migration is changed.
func moved(t *testing.T, change map[migration.Feature]float64) *VM {
	x := features(change)
	x.Set(migration.NetworkBandwidth, 40_000)
	return described(t, x)
}

func TestStreamsCarryByTheirNumberAndEncryption(t *testing.T) {
	link := 40_000 * Typical.Efficiency
	for _, test := range []struct{ channels, tls, want float64 }{
		{math.NaN(), math.NaN(), Typical.StreamMbps},
		{1, 0, Typical.StreamMbps},
		{4, 0, link},
		{math.NaN(), 1, Typical.TLSMbps},
		{2, 1, 2 * Typical.TLSMbps},
		{16, 1, link},
	} {
		vm := moved(t, map[migration.Feature]float64{migration.MultifdChannels: test.channels, migration.TLS: test.tls})
		if got := vm.Params().LineRate / MiBPerMbit; math.Abs(got-test.want) > 1e-6 {
			t.Errorf("%g channels, TLS %g: %.0f Mbps, want %.0f", test.channels, test.tls, got, test.want)
		}
	}
}

// Compression is worth it where processors keep up with the link, and else slows it down.
func TestCompressionHelpsAsFarAsProcessorsKeepUp(t *testing.T) {
	total := func(mbps, how, channels float64) float64 {
		return described(t, features(map[migration.Feature]float64{
			migration.NetworkBandwidth: mbps, migration.Compression: how, migration.MultifdChannels: channels, migration.DirtyRate: 1,
		})).Analyse(ZerosInside).TotalTimeMS
	}
	for _, test := range []struct {
		mbps, how, channels float64
		faster              bool
	}{
		{1000, migration.CompressionZstd, 1, true},
		{1000, migration.CompressionZlib, 1, false},
		{1000, migration.CompressionZlib, 8, true},
		{10_000, migration.CompressionZstd, 1, false},
		{10_000, migration.CompressionQPL, 1, true},
	} {
		plain, packed := total(test.mbps, migration.CompressionNone, test.channels), total(test.mbps, test.how, test.channels)
		if packed < plain != test.faster {
			t.Errorf("%+v: %.0f ms compressed, %.0f plain", test, packed, plain)
		}
	}
}

func TestStateOfDevicesLengthensThePause(t *testing.T) {
	const state = 1000.0
	line, _ := Typical.Rates(features(nil))
	for name, method := range map[string]float64{"pre-copy": math.NaN(), "post-copy": migration.MethodPostcopy} {
		pause := func(mib float64) float64 {
			return described(t, features(map[migration.Feature]float64{migration.VFIOMiB: mib, migration.Method: method})).Analyse(ZerosInside).DowntimeMS
		}
		if longer, want := pause(state)-pause(math.NaN()), state/line*1000; math.Abs(longer-want) > 1e-3 {
			t.Errorf("%s: %g MiB lengthen the pause by %g ms, want %g", name, state, longer, want)
		}
	}
}

// Neither copies memory while the guest waits, and so neither asks what it dirties.
func TestPostcopyAndRestartDoNotAskForTheDirtying(t *testing.T) {
	for method, site := range map[float64]time.Duration{
		migration.MethodPostcopy: Typical.Postcopy, migration.MethodCPR: Typical.Restart,
	} {
		idle := moved(t, map[migration.Feature]float64{migration.Method: method, migration.DirtyRate: 0}).Analyse(ZerosInside)
		hot := moved(t, map[migration.Feature]float64{migration.Method: method, migration.DirtyRate: 1e5}).Analyse(ZerosInside)
		if idle != hot || !hot.Converged {
			t.Errorf("method %g: %+v of an idle guest, %+v of a hot one", method, idle, hot)
		}
		if most := milliseconds(site) + 1; !(hot.DowntimeMS >= milliseconds(site) && hot.DowntimeMS < most) {
			t.Errorf("method %g: a pause of %g ms at a hand-over of %s", method, hot.DowntimeMS, site)
		}
		if restart := method == migration.MethodCPR; (hot.TotalTimeMS < 200) != restart {
			t.Errorf("method %g: takes %g ms in all", method, hot.TotalTimeMS)
		}
	}
}

// With huge pages all RAM is resident, but what the guest does not use is still zeros.
func TestHugePagesAreNotAllSent(t *testing.T) {
	x := map[migration.Feature]float64{migration.ResidentMiB: 4096, migration.MemoryUsage: 25}
	if got := described(t, features(x)).Params().ResidentMiB; got != 4096 {
		t.Errorf("%g MiB are sent of 4096 resident", got)
	}
	x[migration.HugePages] = 1
	if got := described(t, features(x)).Params().ResidentMiB; got != 1024 {
		t.Errorf("%g MiB are sent of huge pages that are a quarter in use", got)
	}
}

// What was seen of the page map is believed: its zeros lie before those of the display.
func TestZeroTailShortensThePause(t *testing.T) {
	vm := described(t, features(map[migration.Feature]float64{migration.ZeroTailMiB: 100}))
	if got, want := vm.Params().EndMiB, 100+Typical.EndMiB; got != want {
		t.Errorf("%g MiB of zeros at the end, want %g", got, want)
	}
	x := features(map[migration.Feature]float64{migration.ZeroTailMiB: 4000})
	if got, want := described(t, x).Params().EndMiB, 1096+Typical.EndMiB; got != want {
		t.Errorf("%g MiB of zeros at the end of 4096 with 3000 resident, want %g", got, want)
	}
}
