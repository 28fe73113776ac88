package stress

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"
	"time"
)

// brief is a little of everything.
func brief(t *testing.T) Load {
	return Load{
		CPU: CPULoad{Workers: 1, Share: 0.2}, VM: VMLoad{Workers: 2, Bytes: mib, DirtyRate: mib / 2},
		IO: IOLoad{1}, HDD: HDDLoad{1, 2 * blockBytes}, Folder: t.TempDir(),
	}
}

// A machine that is busy otherwise may let a worker do nothing for a while: the load is made again, for longer.
func TestALoadOfEverything(t *testing.T) {
	timeout := 300 * time.Millisecond
	for ; timeout < 5*time.Second && !allWork(t, timeout); timeout *= 2 {
		t.Logf("within %v not every worker had its turn", timeout)
	}
	l, procs := brief(t), runtime.GOMAXPROCS(0)
	l.Timeout = timeout
	r, err := Start(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	if got := runtime.GOMAXPROCS(0); got != procs+5 {
		t.Errorf("GOMAXPROCS is %d, want room for 5 workers more than %d", got, procs)
	}
	time.Sleep(150 * time.Millisecond)
	r.Status()
	status, err := r.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if got := runtime.GOMAXPROCS(0); got != procs {
		t.Errorf("GOMAXPROCS is %d, was %d", got, procs)
	}
	if status.Elapsed < l.Timeout {
		t.Errorf("over after %v", status.Elapsed)
	}
	for i, name := range []Stressor{CPU, VM, IO, HDD} {
		r := status.Stressors[i]
		if r.Stressor != name || r.Workers != map[bool]int{true: 2, false: 1}[name == VM] || !(r.Work > 0) || !(r.Total > 0) {
			t.Errorf("%+v", r)
		}
		if aims := name == CPU || name == VM; math.IsNaN(r.Target) == aims || math.IsNaN(r.Achieved) == aims {
			t.Errorf("%s: target %g, achieved %g", name, r.Target, r.Achieved)
		}
	}
	if cpu := status.Of(CPU); !near(cpu.Target, 0.2, 1e-9) {
		t.Errorf("target %g", cpu.Target)
	}
	wantEmpty(t, l.Folder)
}

// allWork reports whether every stressor does something within the timeout.
func allWork(t *testing.T, timeout time.Duration) bool {
	t.Helper()
	l := brief(t)
	l.Timeout = timeout
	r, err := Start(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	status, err := r.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return !slices.ContainsFunc(status.Stressors, func(r Rate) bool { return !(r.Work > 0) })
}

func TestOfAStressorThatIsNotThere(t *testing.T) {
	if r := (Status{}).Of(HDD); r.Workers != 0 || !math.IsNaN(r.Work) || r.Stressor != HDD {
		t.Errorf("%+v", r)
	}
}

// Whoever interrupts a load gets its status and nothing is left of it.
func TestInterruptedLoad(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l := brief(t)
	r, err := Start(ctx, l)
	if err != nil {
		t.Fatal(err)
	}
	for r.Status().Of(VM).Total == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	status, err := r.Wait()
	if !errors.Is(err, context.Canceled) || !(status.Of(VM).Total > 0) {
		t.Errorf("%v, %+v", err, status)
	}
	wantEmpty(t, l.Folder)
}

// Until the end of the ramp the target is what it was in the mean.
func TestLoadThatEndsInItsRamp(t *testing.T) {
	l := Load{VM: VMLoad{Workers: 1, Bytes: mib, DirtyRate: mib}, Ramp: time.Hour, Timeout: 50 * time.Millisecond}
	r, err := Start(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	status, err := r.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if vm := status.Of(VM); !(vm.Target > 0 && vm.Target < mib/1000) || vm.Achieved != 0 {
		t.Errorf("%+v", vm)
	}
}

func TestRatesSinceTheLastStatus(t *testing.T) {
	l := Load{VM: VMLoad{Workers: 1, Bytes: mib, DirtyRate: mib}, Timeout: 10 * time.Second}
	ctx, cancel := context.WithCancel(t.Context())
	r, err := Start(ctx, l)
	if err != nil {
		t.Fatal(err)
	}
	first := r.Status()
	time.Sleep(60 * time.Millisecond)
	second := r.Status()
	if !(second.Of(VM).Work > 0) || second.Elapsed <= first.Elapsed || second.Of(VM).Total <= first.Of(VM).Total {
		t.Errorf("%+v, then %+v", first, second)
	}
	cancel()
	if _, err := r.Wait(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
