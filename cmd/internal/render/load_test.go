package render

import (
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/terminal"
	"vmmp/pkg/host"
	"vmmp/pkg/prediction"
	"vmmp/pkg/stress"
)

// seen is one second of a load of everything.
func seen(cpu, downtime float64) Observation {
	nan := math.NaN()
	o := Observation{Prediction: prediction.Prediction{PredictedDowntime: downtime, Interval: prediction.Interval{Lower: 20, Upper: 400, Level: 0.9}, ConvergenceProbability: 0.97}}
	o.Observation = stress.Observation{
		Host: host.Snapshot{CPUPercent: cpu, MemoryPercent: 40, DiskMBps: 12.25, TrafficMbps: nan}, DirtyRate: 198,
		Load: stress.Status{Elapsed: 3 * time.Second, Stressors: []stress.Rate{
			{Stressor: stress.CPU, Workers: 4, Target: 0.7, Achieved: 0.696, Work: 123456},
			{Stressor: stress.VM, Workers: 2, Target: 100 << 20, Achieved: 99 << 20, Work: 198 << 20},
			{Stressor: stress.IO, Workers: 2, Target: nan, Achieved: nan, Work: 812.4},
			{Stressor: stress.HDD, Workers: 1, Target: nan, Achieved: nan, Work: nan},
		}},
	}
	return o
}

var everything = stress.Load{
	CPU: stress.CPULoad{Workers: 4, Share: 0.7}, VM: stress.VMLoad{Workers: 2, Bytes: 1 << 30, WorkingSet: 512 << 20, DirtyRate: 100 << 20},
	IO: stress.IOLoad{Workers: 2}, HDD: stress.HDDLoad{Workers: 1, Bytes: 1 << 30}, Timeout: time.Minute, Ramp: 10 * time.Second,
}

func TestLoadedSecondInALine(t *testing.T) {
	var out strings.Builder
	v := NewLoadView(terminal.NewLive(&out, time.Now, false), false, "text", everything)
	if err := v.Show(seen(75, 231)); err != nil {
		t.Fatal(err)
	}
	want := "   3.0 s  cpu 75.0 %  memory 40.0 %  disk 12.2 MB/s  network -  downtime 231 ms" +
		" | cpu 69.6 of 70.0 %, 123456 ops/s | vm 99.0 of 100.0 MiB/s, 198 MiB/s written | io 812 syncs/s | hdd -\n"
	if out.String() != want {
		t.Errorf("wrote\n%q, want\n%q", out.String(), want)
	}
}

func TestLiveViewOfALoad(t *testing.T) {
	v := NewLoadView(terminal.NewLive(io.Discard, time.Now, false), false, "text", everything)
	v.Begin(seen(2, 60))
	v.lines(seen(10, 100))
	got := strings.Join(v.lines(seen(75, 231)), "\n")
	want := strings.Join([]string{
		"Load      3s of 1m0s, growing for 10s",
		"CPU       ▁█" + strings.Repeat(" ", pastCells-2) + "      75.0 %  quiet 2.0 %",
		"Memory    ▁▁" + strings.Repeat(" ", pastCells-2) + "      40.0 %  quiet 40.0 %",
		"Disk      ▁▁" + strings.Repeat(" ", pastCells-2) + "   12.2 MB/s  quiet 12.2 MB/s",
		"Network     " + strings.Repeat(" ", pastCells-2) + "           -  quiet -",
		"Downtime  ▁█" + strings.Repeat(" ", pastCells-2) + "      231 ms  quiet 60 ms",
		"cpu       69.6 of 70.0 %, 123456 ops/s",
		"vm        99.0 of 100.0 MiB/s, 198 MiB/s written",
		"io        812 syncs/s",
		"hdd       -",
	}, "\n")
	if got != want {
		t.Errorf("shows\n%s\nwant\n%s", got, want)
	}
	for range 3 * pastCells {
		v.lines(seen(1, 1))
	}
	if len(v.past[0]) != pastCells {
		t.Errorf("remembers %d seconds", len(v.past[0]))
	}
}

func TestSummaryOfALoad(t *testing.T) {
	out := page.New(false, 80)
	loaded := seen(75, 231)
	quiet := seen(2, 60)
	quiet.DirtyRate = 0
	Load(out, everything, LoadSummary{Quiet: quiet, Loaded: &loaded, Load: loaded.Load, Interrupted: true})
	want := `Load                4 cpu at 70 % of a core, 2 vm of 1 GiB dirtied at 100 MiB/s
                    in 512 MiB, 2 io, 1 hdd of 1 GiB, growing for 10s
Lasted              3.0 s, interrupted

Held
  cpu               69.6 of 70.0 %, 123456 ops/s
  vm                99.0 of 100.0 MiB/s, 198 MiB/s written
  io                812 syncs/s
  hdd               -

This machine                 quiet        loaded
Dirty rate               0.0 MiB/s   198.0 MiB/s
CPU                          2.0 %        75.0 %
Memory                      40.0 %        40.0 %
Disk                     12.2 MB/s     12.2 MB/s
Network                          -             -
Predicted downtime           60 ms        231 ms
90 % from                    20 ms         20 ms
to                          400 ms        400 ms
Converges                     97 %          97 %
`
	if out.String() != want {
		t.Errorf("wrote\n%s\nwant\n%s", out.String(), want)
	}
}

// A load that was over before it was looked at has only the quiet machine.
func TestSummaryOfAGlance(t *testing.T) {
	out := page.New(false, 80)
	quiet := seen(2, 60)
	Load(out, everything, LoadSummary{Quiet: quiet, Load: quiet.Load})
	if want := "Predicted downtime           60 ms             -\n"; !strings.Contains(out.String(), want) {
		t.Errorf("wrote\n%s", out.String())
	}
	if row := NewLoadResult(LoadSummary{Quiet: quiet}); row.Loaded != nil {
		t.Errorf("%+v", row.Loaded)
	}
}
