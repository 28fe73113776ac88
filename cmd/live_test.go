package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/host"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// asked is what a prediction was made of, as its prediction_id tells.
func (c *fakeEnv) asked(t *testing.T) migration.Features {
	t.Helper()
	var p prediction.Prediction
	if err := json.Unmarshal(c.out.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	id, err := prediction.DecodeID(p.PredictionID, nil)
	if err != nil {
		t.Fatal(err)
	}
	return id.Features
}

func TestLiveFillsWhatWasNotGiven(t *testing.T) {
	c := newFakeEnv("predict", "--live", "--cpu", "75", "--vcpus", "2", "-o", "json")
	c.snapshot = func(_ context.Context, interval time.Duration) (host.Snapshot, error) {
		if interval != liveInterval {
			t.Errorf("measured over %v", interval)
		}
		return host.Snapshot{
			CPUPercent: 12, MemoryPercent: 40, DiskMBps: 3.5, LinkMbps: math.NaN(), TrafficMbps: 7,
			MemoryMiB: 16384, ResidentMiB: math.NaN(), CPUs: 8,
		}, nil
	}
	c.exits(t, exitOK)
	var want migration.Features
	for f, v := range map[migration.Feature]float64{
		migration.CPULoad: 75, migration.VCPUs: 2, // given
		migration.MemoryUsage: 40, migration.DiskIO: 3.5, migration.MemoryMiB: 16384,
	} {
		want.Set(f, v)
	}
	if got := c.asked(t); !got.Equal(want) {
		t.Errorf("asked of %v, want %v", got, want)
	}
	if c.errs.Len() > 0 {
		t.Errorf("stderr: %s", c.errs.String())
	}
}

func TestLiveOfAnUnreadableMachine(t *testing.T) {
	c := newFakeEnv("predict", "--live")
	c.exits(t, exitFailed)
	if got, want := c.errs.String(), "vmmp: read this machine: this test has no machine\n"; got != want {
		t.Errorf("stderr %q, want %q", got, want)
	}
}

// What the machine does not tell is asked for as if it had not been looked for.
func TestLiveThatTellsTooLittle(t *testing.T) {
	c := newFakeEnv("predict", "--live")
	c.snapshot = func(context.Context, time.Duration) (host.Snapshot, error) {
		return host.Snapshot{CPUPercent: math.NaN(), MemoryPercent: 40}, nil
	}
	c.exits(t, exitUsage)
	if got := c.errs.String(); !strings.HasPrefix(got, "vmmp: --cpu is required") || strings.Count(got, "\n") != 1 {
		t.Errorf("stderr %q", got)
	}
}

// Nobody waits for a measurement only to be told of a typo.
func TestLiveIsNotReadForNothing(t *testing.T) {
	for _, args := range [][]string{
		{"predict", "--live", "--mem", "hot"},
		{"predict", "--live", "-o", "xml"},
		{"predict", "--cpu", "75", "--mem", "68"},
	} {
		c := newFakeEnv(args...)
		c.snapshot = func(context.Context, time.Duration) (host.Snapshot, error) {
			t.Errorf("%v measured this machine", args)
			return host.Snapshot{}, nil
		}
		execute(t.Context(), &c.env)
	}
}

func TestLiveInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := newFakeEnv("predict", "--live")
	c.snapshot = func(ctx context.Context, _ time.Duration) (host.Snapshot, error) {
		cancel()
		<-ctx.Done()
		return host.Snapshot{}, ctx.Err()
	}
	if code := execute(ctx, &c.env); code != exitInterrupted {
		t.Errorf("exit %d", code)
	}
	if c.errs.String() != "vmmp: interrupted\n" || c.out.Len() > 0 {
		t.Errorf("stdout %q, stderr %q", c.out.String(), c.errs.String())
	}
}

// The real machine, once: whatever it tells must do for an answer.
func TestLiveOfThisMachine(t *testing.T) {
	s, err := host.Read(t.Context(), 20*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	c := newFakeEnv("predict", "--live", "--cpu", "5", "-o", "json") // so short a time may leave it unknown
	c.snapshot = func(context.Context, time.Duration) (host.Snapshot, error) { return s, nil }
	c.exits(t, exitOK)
	if known := c.asked(t).Known(); !known.Has(migration.MemoryUsage) || !known.Has(migration.MemoryMiB) {
		t.Errorf("this machine told only %v", known)
	}
}

func TestLiveErrorsAreFailures(t *testing.T) {
	c := newFakeEnv("predict", "--live", "--cpu", "5", "--mem", "5")
	c.snapshot = func(context.Context, time.Duration) (host.Snapshot, error) {
		return host.Snapshot{}, errors.New("read memory: total is 0")
	}
	c.exits(t, exitFailed)
	if c.out.Len() > 0 {
		t.Errorf("stdout: %s", c.out.String())
	}
}
