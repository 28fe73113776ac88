package guest

import (
	"math"
	"strings"
	"testing"
)

// busyWorkload is one that is valid, for tests to change.
func busyWorkload() Workload {
	return Workload{CPU: 0.5, ResidentMiB: 200, Content: RandomContent, DirtyRate: 40, WorkingSetMiB: 64, Pattern: UniformPattern}
}

func TestWorkloadValidate(t *testing.T) {
	if err := busyWorkload().Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change func(*Workload)
		want   string // the fault that is named; empty: none
	}{
		{func(w *Workload) { *w = Workload{Content: ZeroContent, Pattern: HotColdPattern} }, ""},
		{func(w *Workload) { w.CPU = 1 }, ""},
		{func(w *Workload) { w.CPU = 1.01 }, "cpu is 1.01"},
		{func(w *Workload) { w.CPU = math.NaN() }, "cpu is NaN"},
		{func(w *Workload) { w.CPU = -0.1 }, "cpu is -0.1"},
		{func(w *Workload) { w.ResidentMiB, w.WorkingSetMiB = -1, -2 }, "resident is -1"},
		{func(w *Workload) { w.Content = "" }, `content is ""; give random, zero or repeated`},
		{func(w *Workload) {
			w.HotMiB, w.HotRate, w.Layout, w.FreedMiB, w.ChangedWords = 64, 40, ZerosInside, 9, 1024
		}, ""},
		{func(w *Workload) { w.HotMiB = 65 }, "hot is 65; give MiB of the working set of 0 to 64"},
		{func(w *Workload) { w.HotRate = 41 }, "hotdirty is 41"},
		{func(w *Workload) { w.Layout = "middle" }, `layout is "middle"; give last, first or inside`},
		{func(w *Workload) { w.FreedMiB = -1 }, "freed is -1"},
		{func(w *Workload) { w.ChangedWords = 1025 }, "changed is 1025"},
		{func(w *Workload) { w.DirtyRate = math.Inf(1) }, "dirty is +Inf"},
		{func(w *Workload) { w.WorkingSetMiB = 200 }, ""},
		{func(w *Workload) { w.WorkingSetMiB = 201 }, "ws is 201 MiB of 200 MiB"},
		{func(w *Workload) { w.WorkingSetMiB = 0 }, "give a ws"},
		{func(w *Workload) { w.Pattern = "hot" }, `pattern is "hot"; give sequential, uniform or hotcold`},
		{func(w *Workload) { w.DiskMBs = -5 }, "disk is -5"},
	} {
		w := busyWorkload()
		c.change(&w)
		err := w.Validate()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want %q", w, err, c.want)
		}
	}
}

func TestWorkloadValidateNamesEveryFault(t *testing.T) {
	err := Workload{CPU: 2, DirtyRate: -1}.Validate()
	for _, want := range []string{"cpu", "content", "dirty", "pattern"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}

func TestWorkloadText(t *testing.T) {
	w := busyWorkload()
	const want = "cpu=0.5 resident=200 content=random dirty=40 ws=64 pattern=uniform disk=0"
	if got := w.String(); got != want || want != exampleWorkload {
		t.Errorf("got %q and the example %q, want %q", got, exampleWorkload, want)
	}
	got, err := ParseWorkload(" disk=0 pattern=uniform cpu=0.5 resident=200\tcontent=random dirty=4e1 ws=64 ")
	if err != nil || got != w {
		t.Errorf("got %+v, %v, want %+v", got, err, w)
	}
}

func TestWhatOnlyTheBareMetalGuestDoesIsWrittenWhereItIsSet(t *testing.T) {
	w := busyWorkload()
	w.HotMiB, w.HotRate, w.Layout, w.FreedMiB, w.ChangedWords = 6, 30.5, ZerosFirst, 50, 8
	const want = exampleWorkload + " hot=6 hotdirty=30.5 layout=first freed=50 changed=8"
	if got := w.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, err := ParseWorkload(want); err != nil || got != w {
		t.Errorf("got %+v, %v, want %+v", got, err, w)
	}
}

func TestParseWorkloadRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "cpu is missing"},
		{"cpu=0.5", "resident is missing"},
		{exampleWorkload + " cpu=1", "cpu is given twice"},
		{exampleWorkload + " speed=1", `unknown key "speed"`},
		{exampleWorkload + " idle", `"idle" is no key=value`},
		{strings.Replace(exampleWorkload, "0.5", "half", 1), `cpu: "half" is no number`},
		{strings.Replace(exampleWorkload, "200", "200.5", 1), `resident: "200.5" is no whole number`},
		{strings.Replace(exampleWorkload, "0.5", "nan", 1), "cpu is NaN"},
		{strings.Replace(exampleWorkload, "40", "1e999", 1), "dirty"},
		{strings.Replace(exampleWorkload, "random", "noise", 1), "content"},
	} {
		if got, err := ParseWorkload(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %+v, %v, want %q", c.text, got, err, c.want)
		}
	}
}

func FuzzParseWorkload(f *testing.F) {
	f.Add(exampleWorkload)
	f.Add(exampleWorkload + " hot=6 hotdirty=-0 layout=inside freed=50 changed=8")
	f.Add("cpu=1 resident=1 content=zero dirty=1e-3 ws=1 pattern=hotcold disk=-0")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := ParseWorkload(text)
		if err != nil {
			return
		}
		again, err := ParseWorkload(w.String())
		if err != nil || again != w {
			t.Errorf("%q reads as %v and again as %v, %v", text, w, again, err)
		}
	})
}
