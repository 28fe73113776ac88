package cmd

import (
	"math"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/host"
	"vmmp/pkg/prediction"
	"vmmp/pkg/stress"
)

// seen is one second of a load of everything.
func seen(cpu, downtime float64) observation {
	nan := math.NaN()
	return observation{
		host: host.Snapshot{CPUPercent: cpu, MemoryPercent: 40, DiskMBps: 12.25, TrafficMbps: nan}, dirtyRate: 198,
		prediction: prediction.Prediction{PredictedDowntime: downtime, Interval: prediction.Interval{Lower: 20, Upper: 400, Level: 0.9}, ConvergenceProbability: 0.97},
		load: stress.Status{Elapsed: 3 * time.Second, Stressors: []stress.Rate{
			{Stressor: stress.CPU, Workers: 4, Target: 0.7, Achieved: 0.696, Work: 123456},
			{Stressor: stress.VM, Workers: 2, Target: 100 << 20, Achieved: 99 << 20, Work: 198 << 20},
			{Stressor: stress.IO, Workers: 2, Target: nan, Achieved: nan, Work: 812.4},
			{Stressor: stress.HDD, Workers: 1, Target: nan, Achieved: nan, Work: nan},
		}},
	}
}

var everything = stress.Load{
	CPU: stress.CPULoad{Workers: 4, Share: 0.7}, VM: stress.VMLoad{Workers: 2, Bytes: 1 << 30, WorkingSet: 512 << 20, DirtyRate: 100 << 20},
	IO: stress.IOLoad{Workers: 2}, HDD: stress.HDDLoad{Workers: 1, Bytes: 1 << 30}, Timeout: time.Minute, Ramp: 10 * time.Second,
}

func TestLoadedSecondInALine(t *testing.T) {
	c := newConsole()
	v := newMachineView(&c.env, "text", everything)
	if err := v.show(seen(75, 231)); err != nil {
		t.Fatal(err)
	}
	want := "   3.0 s  cpu 75.0 %  memory 40.0 %  disk 12.2 MB/s  network -  downtime 231 ms" +
		" | cpu 69.6 of 70.0 %, 123456 ops/s | vm 99.0 of 100.0 MiB/s, 198 MiB/s written | io 812 syncs/s | hdd -\n"
	if c.out.String() != want {
		t.Errorf("wrote\n%q, want\n%q", c.out.String(), want)
	}
}

func TestLiveViewOfALoad(t *testing.T) {
	c := newConsole()
	v := newMachineView(&c.env, "text", everything)
	v.begin(seen(2, 60))
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
	c := newConsole()
	loaded := seen(75, 231)
	quiet := seen(2, 60)
	quiet.dirtyRate = 0
	if err := c.writeMachineSummary(everything, machineSummary{quiet: quiet, loaded: &loaded, load: loaded.load, interrupted: true}); err != nil {
		t.Fatal(err)
	}
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
	if c.out.String() != want {
		t.Errorf("wrote\n%s\nwant\n%s", c.out.String(), want)
	}
}

// A load that was over before it was looked at has only the quiet machine.
func TestSummaryOfAGlance(t *testing.T) {
	c := newConsole()
	quiet := seen(2, 60)
	if err := c.writeMachineSummary(everything, machineSummary{quiet: quiet, load: quiet.load}); err != nil {
		t.Fatal(err)
	}
	if want := "Predicted downtime           60 ms             -\n"; !strings.Contains(c.out.String(), want) {
		t.Errorf("wrote\n%s", c.out.String())
	}
	if row := newSummaryRow(machineSummary{quiet: quiet}); row.Loaded != nil {
		t.Errorf("%+v", row.Loaded)
	}
}

func TestMeanOfReadings(t *testing.T) {
	nan := math.NaN()
	var r readings
	for _, s := range []host.Snapshot{
		{CPUPercent: 10, MemoryPercent: 40, DiskMBps: nan, TrafficMbps: nan, ResidentMiB: 100, CPUs: 4, LinkMbps: 1000},
		{CPUPercent: 30, MemoryPercent: 42, DiskMBps: 5, TrafficMbps: nan, ResidentMiB: 300, CPUs: 4, LinkMbps: 1000},
	} {
		r.add(s)
	}
	got := r.mean()
	if got.CPUPercent != 20 || got.MemoryPercent != 41 || got.DiskMBps != 5 || !math.IsNaN(got.TrafficMbps) || got.ResidentMiB != 200 || got.CPUs != 4 || got.LinkMbps != 1000 {
		t.Errorf("%+v", got)
	}
}
