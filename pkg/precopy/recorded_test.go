package precopy

import (
	"encoding/csv"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"vmmp/pkg/migration"
)

// The real migrations of testdata/migrations; the README there says what they are.
const recording = "../../testdata/migrations/lab/migrations.csv"

// lab is the site of the recording: what was measured of it. No sample of a trace lies within a run of zeros, but some
// hold 17,000 MiB/s of them beside other pages.
var lab = Site{
	Overhead: 7 * time.Millisecond, Efficiency: 0.941, StreamMbps: 20_000, TLSMbps: 5_000, ZeroRate: 25_000,
	Heat: 1, Optimism: 1,
}

func recorded(t *testing.T) []migration.Record {
	t.Helper()
	f, err := os.Open(recording)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, _, err := migration.ReadCSV(f, migration.CSVOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// scores are how far predictions are off, in the logarithm.
type scores struct{ predicted, actual []float64 }

func (s *scores) add(predicted, actual float64) {
	s.predicted, s.actual = append(s.predicted, math.Log(predicted)), append(s.actual, math.Log(actual))
}

func (s *scores) medianError() float64 {
	errors := make([]float64, len(s.actual))
	for i := range errors {
		errors[i] = math.Abs(math.Expm1(s.predicted[i] - s.actual[i]))
	}
	slices.Sort(errors)
	return errors[(len(errors)-1)/2]
}

func (s *scores) logR2() float64 {
	mean, off, spread := 0.0, 0.0, 0.0
	for _, y := range s.actual {
		mean += y / float64(len(s.actual))
	}
	for i, y := range s.actual {
		off += (s.predicted[i] - y) * (s.predicted[i] - y)
		spread += (y - mean) * (y - mean)
	}
	return 1 - off/spread
}

// What an operator measures before a migration, put through the physics, comes near
// to what happened. A recursion that ignores QEMU's rule for the switch-over has a
// log R2 of 0.2 on such migrations.
func TestAnalyseOnRealMigrations(t *testing.T) {
	var downtime, total scores
	verdicts, wrong := 0, 0
	for _, r := range recorded(t) {
		a := describedAt(t, &lab, r.Features).Analyse(ZerosAsBooted)
		if verdicts++; a.Converged != r.Outcome.SwitchedOver() {
			wrong++
		}
		if r.Outcome.SwitchedOver() {
			downtime.add(a.DowntimeMS, r.Outcome.DowntimeMS)
			total.add(a.TotalTimeMS, r.Outcome.TotalTimeMS)
		}
	}
	t.Logf("%d migrations: downtime median error %.3f, log R2 %.3f; total time %.3f, %.3f; wrong verdicts %.3f",
		verdicts, downtime.medianError(), downtime.logR2(), total.medianError(), total.logR2(), float64(wrong)/float64(verdicts))
	if e, r2 := downtime.medianError(), downtime.logR2(); !(e < 0.23 && r2 > 0.64) {
		t.Errorf("downtime: median error %.3f, log R2 %.3f", e, r2)
	}
	if e, r2 := total.medianError(), total.logR2(); !(e < 0.09 && r2 > 0.94) {
		t.Errorf("total time: median error %.3f, log R2 %.3f", e, r2)
	}
	if share := float64(wrong) / float64(verdicts); share > 0.035 {
		t.Errorf("%.3f of the verdicts on convergence are wrong", share)
	}
}

// truth is what the lab knows of a migration beyond what its operator could.
type truth struct {
	group, status, pattern string
	memory, rate, set      float64 // MiB, MiB/s, MiB
	limit                  float64 // ms
	line, cap, linkMbps    float64 // Mbps
	layout
	downtime, total, rounds float64
	stopped                 float64 // MiB sent while the guest was stopped
	throttled               bool
}

// truths reads the lab's own columns, and from the traces where the zeros lay.
func truths(t *testing.T) []truth {
	t.Helper()
	f, err := os.Open(recording)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	traces := readTraces(t)
	var all []truth
	for _, row := range rows[1:] {
		cell := func(name string) string { return row[slices.Index(rows[0], name)] }
		number := func(name string) float64 {
			v, err := strconv.ParseFloat(cell(name), 64)
			if cell(name) != "" && err != nil {
				t.Fatal(err)
			}
			return v
		}
		all = append(all, truth{
			group: cell("group"), rate: number("set_dirty_rate"), set: number("set_working_set_mib"), pattern: cell("set_pattern"),
			linkMbps: number("link_mbps"), line: number("network_bandwidth"), cap: number("bandwidth_cap"),
			memory: number("memory_mib"), limit: number("downtime_limit_ms"), status: cell("status"),
			throttled: number("max_throttle") > 0, downtime: number("downtime_ms"), total: number("total_time_ms"),
			rounds: number("rounds"), stopped: number("stop_mib"), layout: traces[cell("id")].layout(),
		})
	}
	shareLayouts(all)
	return all
}

// dirty is the true dirty curve: what was set, and what the guest's kernel and the
// lab's program dirty beside.
func (r *truth) dirty(t float64) float64 {
	own := saturating(0.5, 0.6, t)
	if r.rate == 0 {
		return own
	}
	switch r.pattern {
	case "sequential":
		return own + math.Min(r.rate*t, r.set)
	case "hotcold": // nine in ten writes to a tenth of the set
		return own + saturating(0.9*r.rate, 0.1*r.set, t) + saturating(0.1*r.rate, 0.9*r.set, t)
	}
	return own + saturating(r.rate, r.set, t)
}

func saturating(rate, set, t float64) float64 { return -set * math.Expm1(-rate*t/set) }

// With the true dirty curve of a run, the bandwidth that it had and the place of its zeros, the physics come to the
// rounds, the total time and the downtime that were measured.
func TestRunOnRealMigrations(t *testing.T) {
	var downtime, total scores
	runs, wrong, near := 0, 0, 0
	for _, r := range truths(t) {
		if r.status != "completed" || r.throttled || r.resident == 0 {
			continue
		}
		rate := r.linkMbps * MiBPerMbit
		line := rate
		if r.cap > 0 {
			line = math.Max(rate, r.line*MiBPerMbit*lab.Efficiency)
		}
		got := mustRun(t, Params{
			ResidentMiB: math.Min(r.resident, r.memory), TailMiB: r.memory*perPage + bootedTailMiB, EndMiB: r.end,
			LastMiB: bootedLastMiB, ZeroRate: lab.ZeroRate, MemoryMiB: r.memory, StateMiB: 0.2,
			Dirty: r.dirty, RoundRate: rate, LineRate: line,
			Limit: time.Duration(r.limit * float64(time.Millisecond)), Overhead: lab.Overhead,
		})
		if runs++; got.Status != migration.Completed {
			wrong++
			continue
		}
		if math.Abs(float64(got.Rounds)-r.rounds) <= 1 {
			near++
		}
		downtime.add(milliseconds(got.Downtime), r.downtime)
		total.add(milliseconds(got.TotalTime), r.total)
	}
	t.Logf("%d migrations: not to converge %.3f, rounds within one %.3f; downtime median error %.3f, log R2 %.3f; total time %.3f, %.3f", runs,
		float64(wrong)/float64(runs), float64(near)/float64(runs), downtime.medianError(), downtime.logR2(), total.medianError(), total.logR2())
	if share := float64(wrong) / float64(runs); share > 0.01 {
		t.Errorf("%.3f of the runs that converged should not have", share)
	}
	if share := float64(near) / float64(runs); share < 0.96 {
		t.Errorf("%.3f of the runs take as many rounds as were measured, or one more or less", share)
	}
	if e, r2 := downtime.medianError(), downtime.logR2(); !(e < 0.175 && r2 > 0.73) {
		t.Errorf("downtime: median error %.3f, log R2 %.3f", e, r2)
	}
	if e := total.medianError(); !(e < 0.012) {
		t.Errorf("total time: median error %.3f", e)
	}
}

// A pause has a fixed part and one that sends memory. Each is compared with what the
// physics says of it: where the one or the other is off, it is another's fault.
func TestPartsOfThePauseOnRealMigrations(t *testing.T) {
	var memory scores
	var fixed, off []float64
	all := truths(t)
	for i, r := range recorded(t) {
		vm, ok := lab.Describe(r.Features)
		if sent := all[i].stopped; ok && r.Outcome.SwitchedOver() && sent > 0 {
			line, _ := lab.Rates(r.Features)
			memory.add(vm.Analyse(ZerosAsBooted).RemainingMiB, sent)
			fixed = append(fixed, r.Outcome.DowntimeMS-sent/line*1000)
			off = append(off, math.Abs(fixed[len(fixed)-1]-milliseconds(lab.Overhead)))
		}
	}
	slices.Sort(fixed)
	slices.Sort(off)
	n := len(fixed)
	t.Logf("%d migrations: memory sent in the pause, median error %.3f, log R2 %.3f; the rest of the pause, median %.1f ms, nine in ten %.1f to %.1f, in the median %.1f from the %.0f of the physics",
		n, memory.medianError(), memory.logR2(), fixed[n/2], fixed[n/20], fixed[n-1-n/20], off[n/2], milliseconds(lab.Overhead))
	if e, r2 := memory.medianError(), memory.logR2(); !(e < 0.25 && r2 > 0.67) {
		t.Errorf("memory sent in the pause: median error %.3f, log R2 %.3f", e, r2)
	}
	if !(off[n/2] < 4) {
		t.Errorf("the fixed part is off by %.1f ms in the median", off[n/2])
	}
}
