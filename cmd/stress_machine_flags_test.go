package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"vmmp/pkg/host"
	"vmmp/pkg/stress"
)

// parsed is the load that flags ask for on a machine with 8 GiB available.
func parsed(t *testing.T, args ...string) (stress.Load, error) {
	t.Helper()
	l := machineFlags{room: func(context.Context, string) (host.Room, error) {
		return host.Room{Processors: 6, MemoryBytes: 8 << 30, DiskBytes: 100 << 30}, nil
	}}
	c := &cobra.Command{}
	l.add(c.Flags())
	if err := c.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	return l.parse(t.Context(), given(c))
}

func TestStressFlags(t *testing.T) {
	const mib = 1 << 20
	for args, want := range map[string]stress.Load{
		"--cpu 4 --io 2 --vm 2 --vm-bytes 512M --timeout 60s": {
			CPU: stress.CPULoad{Workers: 4, Share: 1}, IO: stress.IOLoad{Workers: 2},
			VM: stress.VMLoad{Workers: 2, Bytes: 512 * mib, DirtyRate: stress.Unpaced}, Timeout: time.Minute,
		},
		"--cpu 0 --cpu-load 70 --timeout 90 --ramp 30s --nice 5": {
			CPU: stress.CPULoad{Workers: 6, Share: 0.7}, Timeout: 90 * time.Second, Ramp: 30 * time.Second, Nice: 5,
		},
		"--vm 2 --vm-bytes 50% --vm-dirty-rate 100 --vm-working-set 1g": {
			VM: stress.VMLoad{Workers: 2, Bytes: 2048 * mib, DirtyRate: 100 * mib, WorkingSet: 1024 * mib},
		},
		"--vm 1 --vm-dirty-rate 512k": {VM: stress.VMLoad{Workers: 1, Bytes: 256 * mib, DirtyRate: 512 << 10}},
		"--vm 1 --vm-dirty-rate 0":    {VM: stress.VMLoad{Workers: 1, Bytes: 256 * mib}},
		"--hdd 0 --temp-path /x":      {HDD: stress.HDDLoad{Workers: 6, Bytes: 1024 * mib}, Folder: "/x"},
	} {
		got, err := parsed(t, strings.Fields(args)...)
		if err != nil {
			t.Errorf("%s: %v", args, err)
		}
		if want.Folder == "" {
			got.Folder = ""
		}
		for _, l := range []*stress.Load{&got, &want} { // what is said of workers that there are not
			if l.VM.Workers == 0 {
				l.VM = stress.VMLoad{}
			}
			if l.CPU.Workers == 0 {
				l.CPU = stress.CPULoad{}
			}
			if l.HDD.Workers == 0 {
				l.HDD = stress.HDDLoad{}
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s:\n%+v, want\n%+v", args, got, want)
		}
	}
	if _, err := parsed(t, "--vm", "1", "--vm-bytes", "90%"); err != nil {
		t.Error(err)
	}
	var coded exitError
	if _, err := parsed(t, "--vm", "1", "--vm-bytes", "96%"); !errors.As(err, &coded) || coded.code != exitUsage {
		t.Errorf("takes the reserve: %v", err)
	}
}

func TestSecondsFlag(t *testing.T) {
	for text, want := range map[string]time.Duration{"60": time.Minute, "60s": time.Minute, "1.5": 1500 * time.Millisecond, "2m": 2 * time.Minute, "-1": -time.Second} {
		var s seconds
		if err := s.Set(text); err != nil || time.Duration(s) != want {
			t.Errorf("%s is %v, %v", text, time.Duration(s), err)
		}
	}
	for _, text := range []string{"", "soon", "1e300", "nan", "inf"} {
		var s seconds
		if err := s.Set(text); err == nil {
			t.Errorf("%q is %v", text, time.Duration(s))
		}
	}
}
