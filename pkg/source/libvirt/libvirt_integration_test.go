//go:build integration && linux

package libvirt

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
	"vmmp/pkg/source/sourcetest"
)

// dial opens a host's libvirt.
func dial(t *testing.T, uri string) source.Source {
	t.Helper()
	s, err := Open(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestRealLibvirt(t *testing.T) {
	h := startHost(t, "alpha", 1)
	h.domain(t, "writer", 128, writeROM(t, "writing.rom", writingGuest))
	h.domain(t, "idler", 64, writeROM(t, "idle.rom", idleGuest))
	h.define(t, "off", 64, writeROM(t, "off.rom", idleGuest))
	t.Run("suite", func(t *testing.T) {
		sourcetest.Run(t, sourcetest.Place{
			Open: func(t *testing.T) source.Source { return dial(t, h.uri()) }, Running: "writer", Stopped: "off",
			Told: migration.Of(migration.CPULoad, migration.DiskIO, migration.MemoryMiB, migration.ResidentMiB,
				migration.VCPUs, migration.DowntimeLimitMS, migration.HugePages, migration.Hypervisor,
				migration.HypervisorVersion, migration.Migratable),
			Untold: migration.Of(migration.NetworkBandwidth, migration.BandwidthCap, migration.TimeoutS, migration.DirtyRate),
		})
	})
	t.Run("observes", h.observes)
	t.Run("measures", h.measures)
	t.Run("reads only", h.readsOnly)
	t.Run("not permitted", h.fallsBack)
	t.Run("ssh", h.throughSSH)
	t.Run("paused", h.paused)
	t.Run("KVM", h.counted)
}

// counted observes a domain under KVM, whose writes are counted. It is the one test that does less because a part is
// missing: machines without /dev/kvm are not refused.
func (h *host) counted(t *testing.T) {
	if _, err := os.Stat("/dev/kvm"); err != nil {
		t.Log(err)
		return
	}
	h.defineAs(t, "kvm", hostCPU, "real", 128, writeROM(t, "writing.rom", writingGuest))
	h.virsh(t, "start", "real")
	s := dial(t, h.uri())
	for _, ask := range []source.Ask{{DirtyRate: true}, {Curve: true}} {
		o, err := s.Observe(t.Context(), find(t, s, "real"), ask)
		if err != nil {
			t.Fatal(err)
		}
		sourcetest.Check(t, o)
		t.Logf("%g MiB/s, %v", o.Features.Get(migration.DirtyRate), o.Features.Points())
		if v := o.Features.Get(migration.DirtyRate); !(v >= 2 && v <= 2*dirtyMiB) {
			t.Errorf("it dirties %g MiB/s; %q", v, o.Notes)
		}
		from := o.Origins[migration.DirtyCurve].From
		if ask.Curve && (len(o.Features.Points()) != len(curveWindows) || !strings.Contains(from, "dirty-bitmap")) {
			t.Errorf("curve %v from %q; %q", o.Features.Points(), from, o.Notes)
		}
		if o.Features.Get(migration.Hypervisor) != migration.HypervisorKVM {
			t.Errorf("%v", o.Features)
		}
	}
}

// find finds a domain.
func find(t *testing.T, s source.Source, name string) source.VM {
	t.Helper()
	vm, err := source.Find(t.Context(), s, name)
	if err != nil {
		t.Fatal(err)
	}
	return vm
}

func (h *host) observes(t *testing.T) {
	s := dial(t, h.uri())
	vm := find(t, s, "writer")
	if vm.Host != h.name || vm.Labels["title"] != "a guest of the tests" || vm.State != source.Running {
		t.Errorf("listed as %+v", vm)
	}
	began := time.Now()
	o, err := s.Observe(t.Context(), vm, source.Ask{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("observed in %v: %v; %q", time.Since(began), o.Features, o.Notes)
	x := o.Features
	for f, want := range map[migration.Feature][2]float64{
		migration.MemoryMiB: {128, 128}, migration.ResidentMiB: {16, 400}, migration.VCPUs: {1, 1},
		migration.CPULoad: {1, 100}, migration.DiskIO: {0, 1}, migration.DowntimeLimitMS: {300, 300},
		migration.Hypervisor: {migration.HypervisorTCG, migration.HypervisorTCG}, migration.Migratable: {1, 1},
		migration.HypervisorVersion: {migration.VersionNumber(9, 0), migration.VersionNumber(99, 0)},
	} {
		if v := x.Get(f); !(v >= want[0] && v <= want[1]) {
			t.Errorf("%v is %g, want %v", f, v, want)
		}
	}
	h.virsh(t, "migrate-setspeed", "writer", "100")
	defer h.virsh(t, "migrate-setspeed", "writer", "8796093022207")
	h.virsh(t, "migrate-setmaxdowntime", "writer", "123")
	defer h.virsh(t, "migrate-setmaxdowntime", "writer", "300")
	if o, err = s.Observe(t.Context(), vm, source.Ask{}); err != nil {
		t.Fatal(err)
	}
	if c := o.Features.Get(migration.BandwidthCap); math.Abs(c-838.8608) > 1e-6 {
		t.Errorf("100 MiB/s are %g Mbps", c)
	}
	if ms := o.Features.Get(migration.DowntimeLimitMS); ms != 123 {
		t.Errorf("limit %g ms", ms)
	}
}

func (h *host) measures(t *testing.T) {
	s := dial(t, h.uri())
	vms := []source.VM{find(t, s, "writer"), find(t, s, "idler"), find(t, s, "off")}
	began := time.Now()
	var told []source.Observation
	var faults []error
	for o, err := range source.ObserveAll(t.Context(), s, vms, source.Ask{DirtyRate: true}) {
		told, faults = append(told, o), append(faults, err)
	}
	t.Logf("measured in %v", time.Since(began))
	for i, within := range [][2]float64{{2, 2 * dirtyMiB}, {0, 1}} {
		if v := told[i].Features.Get(migration.DirtyRate); !(v >= within[0] && v <= within[1]) {
			t.Errorf("%s dirties %g MiB/s, %v; %q", vms[i].Name, v, faults[i], told[i].Notes)
		}
	}
	if faults[2] == nil {
		t.Errorf("measured %+v, which is off", told[2])
	}
	began = time.Now()
	o, err := s.Observe(t.Context(), vms[0], source.Ask{Curve: true})
	if err != nil {
		t.Fatal(err)
	}
	sourcetest.Check(t, o)
	points := o.Features.Points()
	t.Logf("curve in %v: %v", time.Since(began), points)
	if len(points) != len(curveWindows) || points[3].MiB < dirtyMiB/2 || points[3].MiB > 2*dirtyMiB {
		t.Errorf("curve %v; %q", points, o.Notes)
	}
	if faults := o.Features.Contradictions(); len(faults) > 0 {
		t.Error(faults)
	}
}

func (h *host) readsOnly(t *testing.T) {
	s := dial(t, h.uri()+"-ro")
	h.isReadOnly(t, s)
}

// isReadOnly checks what a connection that only reads tells.
func (h *host) isReadOnly(t *testing.T, s source.Source) {
	t.Helper()
	o, err := s.Observe(t.Context(), find(t, s, "writer"), source.Ask{Curve: true})
	if err != nil {
		t.Fatal(err)
	}
	told := migration.Of(migration.CPULoad, migration.MemoryMiB, migration.ResidentMiB, migration.DowntimeLimitMS)
	if missing := told &^ o.Features.Known(); missing != 0 || o.Features.Known().Has(migration.DirtyRate) {
		t.Errorf("known are %v", o.Features.Known())
	}
	if !slices.ContainsFunc(o.Notes, func(n string) bool { return strings.Contains(n, "in the group libvirt") }) {
		t.Errorf("notes %q", o.Notes)
	}
}

// asNobody names the folder of sockets to a copy of the test that runs without permissions.
const asNobody = "VMMP_TEST_LIBVIRT_FOLDER"

func (h *host) fallsBack(t *testing.T) {
	program := filepath.Join(openFolder(t), "test")
	text, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, text, 0o755); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program, "-test.run=^TestFallsBackToReading$", "-test.v")
	command.Env = append(os.Environ(), asNobody+"="+filepath.Join(h.folder, "run"))
	command.Dir = "/"
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := command.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestFallsBackToReading is run by TestRealLibvirt as a user who may not write.
func TestFallsBackToReading(t *testing.T) {
	folder := os.Getenv(asNobody)
	if folder == "" {
		return // tested by TestRealLibvirt, which asks for it
	}
	p, err := parsePlace("qemu:///system")
	if err != nil {
		t.Fatal(err)
	}
	p.folder = folder
	s := newSource(p)
	t.Cleanup(func() { _ = s.Close() })
	(&host{}).isReadOnly(t, s)
	if _, err := p.dial(t.Context(), false); err == nil || !strings.Contains(err.Error(), "not permitted") {
		t.Errorf("the socket that writes: %v", err)
	}
}

// fakeSSH runs what it is asked to on this machine, in the namespace of a host.
const fakeSSH = `#!/bin/sh
for last; do :; done
exec nsenter -t %d -m sh -c "$last"
`

func (h *host) throughSSH(t *testing.T) {
	ssh := filepath.Join(t.TempDir(), "ssh")
	if err := os.WriteFile(ssh, fmt.Appendf(nil, fakeSSH, h.pid), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, proxy := range []string{"auto", "native", "netcat"} {
		s := dial(t, "qemu+ssh://root@alpha/system?proxy="+proxy+"&command="+ssh)
		if vms, err := s.List(t.Context()); err != nil || len(vms) != 3 {
			t.Errorf("%s: %v, %v", proxy, vms, err)
		}
	}
}

func (h *host) paused(t *testing.T) {
	s := dial(t, h.uri())
	h.virsh(t, "suspend", "idler")
	defer h.virsh(t, "resume", "idler")
	o, err := s.Observe(t.Context(), find(t, s, "idler"), source.Ask{DirtyRate: true})
	if err != nil || o.VM.State != source.Paused || o.Features.Known().Has(migration.CPULoad) {
		t.Errorf("%+v, %v", o, err)
	}
}

// What is promised of a host of forty domains.
const manyDomains, manyWithin = 40, 5 * time.Second

func TestManyRealDomains(t *testing.T) {
	h := startHost(t, "alpha", 1)
	rom := writeROM(t, "idle.rom", idleGuest)
	names := make([]string, manyDomains)
	for i := range names {
		names[i] = fmt.Sprintf("idle-%d", i)
		h.define(t, names[i], 16, rom)
	}
	for some := range slices.Chunk(names, 8) {
		h.together(t, "start", some)
	}
	defer func() { h.together(t, "destroy", names) }()
	s := dial(t, h.uri())
	var vms []source.VM
	var answers []answer
	took := time.Hour
	for range 3 { // the machine may be busy with other tests
		began := time.Now()
		var err error
		if vms, err = s.List(t.Context()); err != nil {
			t.Fatal(err)
		}
		listed := time.Since(began)
		answers = observeAll(t.Context(), s, vms, source.Ask{DirtyRate: true})
		took = min(took, time.Since(began))
		t.Logf("%d domains listed in %v, measured in %v", len(vms), listed, time.Since(began))
	}
	for i, a := range answers {
		if a.Err != nil || a.Observation.VM.Name != vms[i].Name || !a.Observation.Features.Known().Has(migration.DirtyRate) {
			t.Errorf("%s: %v; %q", vms[i].Name, a.Err, a.Observation.Notes)
		}
	}
	if len(answers) != manyDomains || took > manyWithin {
		t.Errorf("%d domains in %v", len(answers), took)
	}
}

func TestRealMigration(t *testing.T) {
	a, b := startHost(t, "alpha", 1), startHost(t, "beta", 2)
	_, to := linkHosts(t, a, b)
	a.domain(t, "writer", 128, writeROM(t, "writing.rom", writingGuest))
	s := dial(t, a.uri())
	vm := find(t, s, "writer")
	ends := make(chan source.Ended, 10)
	ctx, stop := context.WithCancel(t.Context())
	watched := make(chan error, 1)
	go func() { watched <- s.Watch(ctx, func(e source.Ended) { ends <- e }) }()
	time.Sleep(time.Second) // until it listens

	t.Run("cancelled", func(t *testing.T) {
		a.virsh(t, "migrate-setspeed", "writer", "4") // slower than the guest writes
		moving := a.inside(t.Context(), "virsh", "-c", a.uri(), "migrate", "--live", "--unsafe", "writer", "qemu+tcp://"+to+"/system",
			"tcp://"+to)
		if err := moving.Start(); err != nil {
			t.Fatal(err)
		}
		p := awaitProgress(t, s, vm)
		t.Logf("progress %+v", p)
		if p.Sample.RemainingMiB <= 0 || p.Settings.Get(migration.BandwidthCap) > 34 || p.Started.IsZero() {
			t.Errorf("progress %+v", p)
		}
		o, err := s.Observe(t.Context(), vm, source.Ask{DirtyRate: true})
		if err != nil || o.VM.State != source.Migrating || o.Features.Known().Has(migration.DirtyRate) {
			t.Errorf("while it migrates: %+v, %v", o, err)
		}
		a.virsh(t, "domjobabort", "writer")
		_ = moving.Wait() // it says that it was aborted
		e := awaitEnd(t, ends)
		t.Logf("ended %+v", e)
		if e.VM.ID != vm.ID || e.Record.Outcome.Status == migration.Completed || e.Reason == "" ||
			!math.IsNaN(e.Record.Outcome.DowntimeMS) {
			t.Errorf("ended %+v", e)
		}
	})
	t.Run("completed", func(t *testing.T) {
		a.virsh(t, "migrate-setspeed", "writer", "1000")
		a.virsh(t, "migrate", "--live", "--unsafe", "--persistent", "writer", "qemu+tcp://"+to+"/system", "tcp://"+to)
		e := awaitEnd(t, ends)
		t.Logf("ended %+v", e)
		out := e.Record.Outcome
		if e.VM.Name != "writer" || out.Status != migration.Completed || !(out.DowntimeMS > 0 && out.DowntimeMS < out.TotalTimeMS) ||
			!(out.TransferredMiB > dirtyMiB/2) || !(out.Rounds >= 1) || e.Record.Source != migration.SourceLibvirt {
			t.Errorf("ended %+v", e)
		}
		if _, err := s.Observe(t.Context(), vm, source.Ask{}); err == nil {
			t.Error("observed where it is no more")
		}
	})
	stop()
	if err := <-watched; err != nil {
		t.Error(err)
	}
}

// awaitProgress waits until a migration sends.
func awaitProgress(t *testing.T, s source.Source, vm source.VM) source.Progress {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if p, err := s.Progress(t.Context(), vm); err == nil && p.Sample.TransferredMiB > 0 {
			return p
		}
	}
	t.Fatal("no migration")
	return source.Progress{}
}

func awaitEnd(t *testing.T, ends <-chan source.Ended) source.Ended {
	t.Helper()
	select {
	case e := <-ends:
		return e
	case <-time.After(30 * time.Second):
		t.Fatal("nothing has ended")
	}
	return source.Ended{}
}
