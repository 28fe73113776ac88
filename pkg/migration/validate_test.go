package migration

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestValidateAcceptsWhatIsPossible(t *testing.T) {
	x := sample()
	if faults := x.Validate(); faults != nil || faults.Err() != nil {
		t.Error(faults)
	}
	if faults := x.Only(Of(CPULoad, MemoryUsage)).Validate(); faults != nil {
		t.Error(faults)
	}
	rapid.Check(t, func(t *rapid.T) {
		if faults := drawFeatures(t).CheckBounds(); faults != nil {
			t.Fatal(faults)
		}
	})
}

func TestValidateNamesEveryFault(t *testing.T) {
	var x Features
	x.Set(MemoryUsage, 101)
	x.Set(VCPUs, 2.5)
	x.Set(AutoConverge, 0.5)
	x.Set(TimeoutS, math.Inf(1))
	x.SetPoints([]Point{{1, 5}, {2, 4}})
	faults := x.Validate()
	want := []string{
		"cpu_load is required: the VM's CPU use, of all its vCPUs, 0 to 100 %",
		"memory_usage must be 0 to 100 %",
		"vcpus must be a whole number, 1 to 4096",
		"dirty_curve falls from 5 MiB in 1 s to 4 MiB in 2 s: a longer window cannot dirty fewer distinct MiB, measure again",
		"timeout_s must be a number, 0 for none, or 1 to 1000000 s",
		"auto_converge must be true or false",
	}
	if got := strings.Split(faults.Error(), "; "); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	text, err := json.Marshal(faults)
	if err != nil || !strings.Contains(string(text), `{"location":"dirty_curve","message":"falls`) ||
		!strings.Contains(string(text), `"value":"1:5,2:4"`) || !strings.Contains(string(text), `"value":"+Inf"`) {
		t.Errorf("%s, %v", text, err)
	}
	if faults.Err() == nil {
		t.Error("faults are no error")
	}
}

func TestValidateNamesContradictions(t *testing.T) {
	x := sample()
	x.Set(DirtyRate, 900)
	faults := x.Validate()
	if len(faults) != 2 || faults[0].Location != "dirty_rate" || faults[1].Location != "working_set_mib" {
		t.Errorf("%+v", faults)
	}
}

func TestCheckPoints(t *testing.T) {
	long := make([]Point, maxPoints+1)
	for i := range long {
		long[i] = Point{float64(i + 1), 1}
	}
	tests := []struct {
		points []Point
		want   string
	}{
		{long[:maxPoints], ""},
		{[]Point{{0.001, 0}, {1e6, 67108864}}, ""},
		{long, "has more than 1000 points"},
		{[]Point{{0, 1}}, "has a window that is not 0.001 to 1000000 s"},
		{[]Point{{-1, 1}}, "has a window that is not 0.001 to 1000000 s"},
		{[]Point{{5e-324, 1}}, "has a window that is not 0.001 to 1000000 s"},
		{[]Point{{math.NaN(), 1}}, "has a window that is not 0.001 to 1000000 s"},
		{[]Point{{math.Inf(1), 1}}, "has a window that is not 0.001 to 1000000 s"},
		{[]Point{{1, -1}}, "has an amount that is not 0 to 67108864 MiB"},
		{[]Point{{1, math.NaN()}}, "has an amount that is not 0 to 67108864 MiB"},
		{[]Point{{1, math.Inf(1)}}, "has an amount that is not 0 to 67108864 MiB"},
		{[]Point{{1, 1}, {1, 2}}, "goes from a window of 1 s to one of 1 s: give the windows in ascending order"},
		{[]Point{{1e6, 1}, {0.3, 2}}, "goes from a window of 1000000 s to one of 0.3 s: give the windows in ascending order"},
	}
	for _, test := range tests {
		if got := checkPoints(test.points); got != test.want {
			t.Errorf("%.50v: %q, want %q", test.points, got, test.want)
		}
	}
}

// A hostile curve must not come back in full.
func TestFaultsStayShort(t *testing.T) {
	var x Features
	points := make([]Point, 100_000)
	for i := range points {
		points[i] = Point{1, 1}
	}
	x.SetPoints(points)
	if text, _ := json.Marshal(x.CheckBounds()); len(text) > 300 {
		t.Errorf("%d bytes", len(text))
	}
}

func TestNoFaultsAreNoError(t *testing.T) {
	if (Faults{}).Err() != nil || Faults(nil).Err() != nil {
		t.Error("an error of nothing")
	}
}
