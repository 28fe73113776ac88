package cmd

import (
	"context"
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/host"
	"vmmp/pkg/migration"
	"vmmp/pkg/simulate"
)

// onMachine makes this machine one of 16 GiB at 12 % CPU load.
func (c *fakeEnv) onMachine(t *testing.T) *fakeEnv {
	c.snapshot = func(_ context.Context, interval time.Duration) (host.Snapshot, error) {
		if interval <= 0 || interval > liveInterval {
			t.Errorf("measured over %v", interval)
		}
		return host.Snapshot{
			CPUPercent: 12, MemoryPercent: 40, DiskMBps: 3.5, LinkMbps: 10_000, MemoryMiB: 16384, ResidentMiB: 6553, CPUs: 8,
		}, nil
	}
	return c
}

// simulated is the result on standard output.
func (c *fakeEnv) simulated(t *testing.T) simulate.Result {
	t.Helper()
	c.exits(t, exitOK)
	var r simulate.Result
	if err := json.Unmarshal(c.out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSimulateTakesThisMachineForTheVM(t *testing.T) {
	r := newFakeEnv("simulate", "-o", "json").onMachine(t).simulated(t)
	var want migration.Features
	for f, v := range map[migration.Feature]float64{
		migration.CPULoad: 12, migration.MemoryUsage: 40, migration.DiskIO: 3.5, migration.NetworkBandwidth: 10_000,
		migration.MemoryMiB: 16384, migration.ResidentMiB: 6553, migration.VCPUs: 8,
	} {
		want.Set(f, v)
	}
	if x := r.Simulations[0].Features; !x.Equal(want) || !r.Host.Equal(want) {
		t.Errorf("migrated %v on a host of %v", x, r.Host)
	}
}

func TestSimulateOverridesWhatIsMeasured(t *testing.T) {
	r := newFakeEnv("simulate", "--memory", "1024", "--dirty-rate", "5", "--count", "3", "-o", "json").onMachine(t).simulated(t)
	for _, m := range r.Simulations {
		x := m.Features
		if x.Get(migration.MemoryMiB) != 1024 || x.Get(migration.DirtyRate) != 5 || x.Get(migration.CPULoad) != 12 {
			t.Errorf("migrated %v", x)
		}
		if x.Known().Has(migration.ResidentMiB) {
			t.Errorf("a VM of 1 GiB has the %g resident MiB of this machine", x.Get(migration.ResidentMiB))
		}
	}
	if r.Count != 3 || len(r.Simulations) != 3 || r.Host.Get(migration.ResidentMiB) != 6553 {
		t.Errorf("count %d, %d simulations, host %v", r.Count, len(r.Simulations), r.Host)
	}
}

// Without a machine to measure, what is given must do.
func TestSimulateMeasuresOnlyWhatIsNotGiven(t *testing.T) {
	all := []string{"--cpu", "30", "--mem", "68", "--disk", "5", "--net", "10000", "--memory", "8192", "--vcpus", "4"}
	r := newFakeEnv(append([]string{"simulate", "-o", "json"}, all...)...).simulated(t)
	if r.Host.Known() != 0 || r.Simulations[0].Features.Known().Len() != 6 {
		t.Errorf("host %v, VM %v", r.Host, r.Simulations[0].Features)
	}
	c := newFakeEnv(append([]string{"simulate"}, all[2:]...)...)
	c.exits(t, exitFailed)
	if got, want := c.errs.String(), "vmmp: read this machine: this test has no machine\n"; got != want || c.out.Len() > 0 {
		t.Errorf("stderr %q, want %q; stdout %q", got, want, c.out.String())
	}
}

func TestSimulateIsNotMeasuredForNothing(t *testing.T) {
	for _, args := range [][]string{
		{"simulate", "--mem", "hot"},
		{"simulate", "-o", "xml"},
		{"simulate", "--count", "0"},
		{"simulate", "--dirty-rate", "200", "--working-set", "50"},
		{"simulate", "--model", "none.vmmp"},
	} {
		c := newFakeEnv(args...)
		c.snapshot = func(context.Context, time.Duration) (host.Snapshot, error) {
			t.Errorf("%v measured this machine", args)
			return host.Snapshot{}, nil
		}
		c.exits(t, exitUsage)
	}
}

func TestSimulateOnAMachineThatTellsTooLittle(t *testing.T) {
	for _, form := range []string{"text", "json", "ndjson", "csv"} {
		c := newFakeEnv("simulate", "-o", form)
		c.snapshot = func(context.Context, time.Duration) (host.Snapshot, error) {
			return host.Snapshot{CPUPercent: math.NaN(), MemoryPercent: 40}, nil
		}
		c.exits(t, exitUsage)
		if got := c.errs.String(); !strings.HasPrefix(got, "vmmp: --cpu is required") || strings.Count(got, "\n") != 1 || c.out.Len() > 0 {
			t.Errorf("-o %s: stdout %q, stderr %q", form, c.out.String(), got)
		}
	}
}

var toldSeed = regexp.MustCompile(`(?m)^(?:Seed +|vmmp: --seed |  "seed": )([0-9]+)`)

// A seed that was drawn is told in every form, and repeats what was told.
func TestSimulateRepeatsItself(t *testing.T) {
	for _, form := range []string{"text", "json", "ndjson", "csv"} {
		first := newFakeEnv("simulate", "--count", "5", "-o", form).onMachine(t)
		first.exits(t, exitOK)
		seed := toldSeed.FindStringSubmatch(first.out.String() + "\n" + first.errs.String())
		if seed == nil {
			t.Fatalf("-o %s does not tell its seed: %s", form, first.errs.String())
		}
		again := newFakeEnv("simulate", "--count", "5", "-o", form, "--seed", seed[1]).onMachine(t)
		again.exits(t, exitOK)
		if again.out.String() != first.out.String() || again.errs.Len() > 0 {
			t.Errorf("-o %s, seed %s: another result, stderr %q", form, seed[1], again.errs.String())
		}
		other := newFakeEnv("simulate", "--count", "5", "-o", form, "--seed", seed[1]+"0").onMachine(t)
		other.exits(t, exitOK)
		if other.out.String() == first.out.String() {
			t.Errorf("-o %s: seed %s0 has the same result as seed %s", form, seed[1], seed[1])
		}
	}
}

// Zero is a seed like others.
func TestSimulateTakesTheSeedZero(t *testing.T) {
	if r := newFakeEnv("simulate", "--seed", "0", "-o", "json").onMachine(t).simulated(t); r.Seed != 0 {
		t.Errorf("seed %d", r.Seed)
	}
}

// What was over before the interruption is shown, with its summary.
func TestSimulateInterrupted(t *testing.T) {
	for form, tells := range map[string]string{"text": "\nIn sum\n", "json": `"coverage_90": `, "ndjson": `{"features":`, "csv": "cpu_load,"} {
		ctx := newPatience(t.Context(), 5)
		c := newFakeEnv("simulate", "--count", "1000", "--seed", "3", "-o", form).onMachine(t)
		if code := execute(ctx, &c.env); code != exitInterrupted || c.errs.String() != "vmmp: interrupted\n" {
			t.Errorf("-o %s: exit %d, stderr %q", form, code, c.errs.String())
		}
		out := c.out.String()
		if !strings.Contains(out, tells) || strings.Count(out, "\n") > 400 {
			t.Errorf("-o %s: written was %s", form, out)
		}
		if form == "json" {
			var r simulate.Result
			if err := json.Unmarshal([]byte(out), &r); err != nil || r.Count != len(r.Simulations) || r.Count != r.Summary.Count || r.Count < 1 || r.Count > 5 {
				t.Errorf("%d simulations, error %v", r.Count, err)
			}
		}
	}
}

func TestSimulateOnAFullDisk(t *testing.T) {
	for _, form := range []string{"text", "json", "ndjson", "csv"} {
		c := newFakeEnv("simulate", "-o", form).onMachine(t)
		c.stdout = failing{}
		c.exits(t, exitFailed)
		if got, want := c.errs.String(), "vmmp: write result: no space left on device\n"; got != want {
			t.Errorf("-o %s: stderr %q, want %q", form, got, want)
		}
	}
}
