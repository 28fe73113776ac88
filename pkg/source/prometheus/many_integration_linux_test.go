//go:build integration

package prometheus

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/source"
)

// Ten thousand VMs are listed and observed within 10 s of one core, the server's part in that included: whatever else
// the machine does meanwhile.
func TestTenThousandVMs(t *testing.T) {
	const n = 10_000
	r := newRecording(90*time.Second, 30*time.Second)
	for i := range 200 {
		r.node(fmt.Sprintf("node-%d", i))
	}
	for i := range n {
		r.kubeVirt(fmt.Sprintf("project-%d", i%50), fmt.Sprintf("vm-%d", i), fmt.Sprintf("node-%d", i%200))
	}
	place := serve(t, record(t, r))
	s := place.open(t, "kubevirt")
	began, ours, theirs := time.Now(), used(t, os.Getpid()), used(t, place.process.Pid)
	vms, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for o, err := range s.ObserveAll(t.Context(), vms, source.Ask{}) {
		if err != nil || o.Features.Known().Len() != len(toldByKubeVirt) {
			t.Fatalf("%s: %v, %v", o.VM.ID, err, o.Notes)
		}
		seen++
	}
	took := time.Since(began).Round(time.Millisecond)
	ours, theirs = used(t, os.Getpid())-ours, used(t, place.process.Pid)-theirs
	t.Logf("%d VMs in %v, for which it used %v of a core and the server %v", seen, took, ours, theirs)
	if seen != n || ours+theirs > 10*time.Second {
		t.Errorf("%d VMs for %v of a core", seen, ours+theirs)
	}
}

// used returns the time of a core that a process has used.
func used(t *testing.T, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, behind, _ := strings.Cut(string(text), ") ") // behind the name of its program
	fields := strings.Fields(behind)
	var ticks int
	for _, field := range fields[11:13] { // in user mode and in the kernel
		v, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		ticks += v
	}
	return time.Duration(ticks) * 10 * time.Millisecond // Linux counts hundredths of a second
}
