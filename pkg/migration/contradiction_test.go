package migration

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestContradictions(t *testing.T) {
	curve := []Point{{0.1, 3.4}, {1, 12}, {10, 40}}
	const rate, plateau = "dirty_rate contradicts dirty_curve, which puts D(1 s) at ", "working_set_mib is below the "
	tests := []struct {
		name string
		x    Features
		want string // how the fault begins; empty: none
	}{
		{"nothing known", Features{}, ""},
		{"all agree", of(12, 60, curve...), ""},
		{"rate a little low", of(8.1, unknown, curve...), ""},
		{"rate a little high", of(17.9, unknown, curve...), ""},
		{"rate too low", of(7.9, unknown, curve...), rate + "12 MiB;"},
		{"rate too high", of(18.1, unknown, curve...), rate + "12 MiB;"},
		{"curve ends before a second", of(100, unknown, Point{0.1, 3}, Point{0.5, 6}), rate + "6 to 12 MiB;"},
		{"curve begins after a second", of(2, unknown, Point{2, 8}, Point{5, 9}), rate + "4 to 8 MiB;"},
		{"curve leaves out the first second", of(2, unknown, Point{0.1, 3}, Point{10, 40}), rate + "6.36 to 30 MiB;"},
		{"rate between points far apart", of(20, unknown, Point{0.1, 3}, Point{10, 40}), ""},
		{"curve that bends upwards", of(30, unknown, Point{0.5, 1}, Point{1.5, 21}), rate + "11 MiB;"},
		{"large amounts stay readable", of(1e5, unknown, Point{1, 12345.6}), rate + "12300 MiB;"},
		{"plateau within measuring error of the rate", of(11, 10), ""},
		{"plateau below the rate", of(1e6, 10), plateau + "1000000 MiB that dirty_rate says are dirtied in one second"},
		{"plateau within measuring error of the curve", of(unknown, 37, curve...), ""},
		{"plateau below the curve", of(unknown, 36, curve...), plateau + "40 MiB that dirty_curve saw dirtied in 10 s"},
	}
	for _, test := range tests {
		faults := test.x.Contradictions()
		got := ""
		for _, f := range faults {
			got += f.Location + " " + f.Message
		}
		if test.want == "" && got != "" || !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestContradictionsNameAllOfThem(t *testing.T) {
	faults := of(500, 30, Point{1, 12}, Point{10, 40}).Contradictions()
	if len(faults) != 3 || faults[0].Location != "dirty_rate" || faults[0].Value != 500.0 ||
		faults[1].Location != "working_set_mib" || faults[1].Value != 30.0 || faults[2].Location != "working_set_mib" {
		t.Errorf("%+v", faults)
	}
}

// What follows from one curve does not contradict it.
func TestNoCurveContradictsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0.01, 1000).Draw(t, "rate")
		plateau := rate * rapid.Float64Range(2, 1000).Draw(t, "ratio")
		truth := of(rate, plateau).Curve()
		var points []Point
		for _, at := range []float64{0.1, 0.3, 1, 3, 10} {
			if rapid.Bool().Draw(t, "measured") {
				points = append(points, Point{at, truth.At(at)})
			}
		}
		if faults := of(truth.At(1), plateau, points...).Contradictions(); len(faults) > 0 {
			t.Fatalf("%v", Faults(faults))
		}
	})
}

func TestRateBoundsAreOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low, high := rateBounds(drawPoints(t, 1))
		if !(low >= 0 && low <= high) || math.IsInf(high, 0) {
			t.Fatalf("%v..%v", low, high)
		}
	})
}

// with is what is known of a VM, in pairs of a feature and its value.
func with(pairs ...float64) (x Features) {
	for i := 0; i < len(pairs); i += 2 {
		x.Set(Feature(pairs[i]), pairs[i+1])
	}
	return x
}

func TestNothingIsAboveTheMemory(t *testing.T) {
	const above = " is above the guest's RAM, memory_mib 4096 MiB: "
	memory := with(float64(MemoryMiB), 4096)
	curve := memory
	curve.SetPoints([]Point{{1, 100}, {10, 7000}})
	for _, test := range []struct {
		name string
		x    Features
		want string
	}{
		{"all of it resident, with what QEMU needs", memory.Or(with(float64(ResidentMiB), 4500)), ""},
		{"a small guest with what QEMU needs", with(float64(MemoryMiB), 256, float64(ResidentMiB), 600), ""},
		{"more resident than it has", memory.Or(with(float64(ResidentMiB), 6000)), "resident_mib" + above},
		{"all dirtied in a second", memory.Or(with(float64(DirtyRate), 6000)), ""},
		{"more dirtied in a second", memory.Or(with(float64(DirtyRate), 20000)), "dirty_rate" + above},
		{"all of it written", memory.Or(with(float64(WorkingSetMiB), 5200)), ""},
		{"more written", memory.Or(with(float64(WorkingSetMiB), 9000)), "working_set_mib" + above},
		{"nothing but zeros", memory.Or(with(float64(ZeroTailMiB), 4096)), ""},
		{"more zeros", memory.Or(with(float64(ZeroTailMiB), 4097)), "zero_tail_mib" + above},
		{"a curve beyond it", curve, "dirty_curve has 7000 MiB dirtied in 10 s, above the guest's RAM, memory_mib 4096 MiB: "},
		{"no RAM known", with(float64(ResidentMiB), 6000, float64(DirtyRate), 20000), ""},
	} {
		got := Faults(test.x.Contradictions()).Error()
		if test.want == "" && got != "" || !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestDoubts(t *testing.T) {
	vm := with(float64(CPULoad), 10, float64(MemoryUsage), 80, float64(MemoryMiB), 32768, float64(NetworkBandwidth), 10000)
	for _, test := range []struct {
		name string
		x    Features
		want string
	}{
		{"nothing known", Features{}, ""},
		{"all there is to know", sample(), ""},
		{"an idle guest", with(float64(CPULoad), 0, float64(MemoryUsage), 1), ""},
		{"shares of 1", with(float64(CPULoad), 0.75, float64(MemoryUsage), 0.68), "cpu_load 0.75 % is next to nothing: if it was a share of 1, it is 75 %; " +
			"memory_usage 0.68 % is next to nothing: if it was a share of 1, it is 68 %"},
		{"a large VM", with(float64(MemoryMiB), 1<<20, float64(ResidentMiB), 1<<20), ""},
		{"KiB", with(float64(MemoryMiB), 8388608), "memory_mib 8388608 MiB is 8 TiB: if KiB was meant, it is 8192 MiB"},
		{"KiB twice", with(float64(MemoryMiB), 4194304, float64(ResidentMiB), 3145728), "memory_mib 4194304 MiB is 4 TiB: if KiB was meant, it is 4096 MiB; " +
			"resident_mib 3145728 MiB is 3 TiB: if KiB was meant, it is 3072 MiB"},
		{"a cap above the line", vm.Or(with(float64(BandwidthCap), 40000)), ""},
		{"a cap far above the line", vm.Or(with(float64(BandwidthCap), 400000)),
			"bandwidth_cap 400000 Mbps is 40 times what network_bandwidth says that the line carries: is one of them in another unit?"},
		{"most of it merged", vm.Or(with(float64(ResidentMiB), 2700)), ""},
		{"hardly any of it resident", vm.Or(with(float64(ResidentMiB), 700)), "resident_mib 700 MiB is far below the 26200 MiB that memory_usage and memory_mib"},
		{"more written than resident", with(float64(ResidentMiB), 700, float64(WorkingSetMiB), 1100), "working_set_mib 1100 MiB is above resident_mib, 700 MiB"},
	} {
		got := Faults(test.x.Doubts()).Error()
		if test.want == "" && got != "" || !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
