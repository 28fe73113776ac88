//go:build integration

package qemu

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/qmp"
	"vmmp/pkg/source"
	"vmmp/pkg/source/sourcetest"
)

// emulated is a QEMU that emulates a guest of 128 MiB, whose firmware finds nothing to boot. It has two monitors: one to
// be asked by, one for the test.
type emulated struct {
	socket  string
	process *exec.Cmd
	monitor *qmp.Client
}

func start(t *testing.T, name string, arguments ...string) emulated {
	t.Helper()
	if !slices.Contains(arguments, "-accel") {
		arguments = append(arguments, "-accel", "tcg")
	}
	folder := t.TempDir()
	e := emulated{socket: filepath.Join(folder, "a")}
	own := filepath.Join(folder, "b")
	said := &bytes.Buffer{}
	e.process = exec.Command("qemu-system-x86_64", append([]string{
		"-name", name, "-nodefaults", "-display", "none", "-machine", "pc", "-m", "128", "-smp", "2",
		"-uuid", "6b3dfa4d-0000-4000-8000-3f1c2f9f0a11",
		"-device", "virtio-balloon-pci,id=balloon",
		"-blockdev", "driver=null-co,node-name=disk,size=1073741824", "-device", "virtio-blk-pci,drive=disk",
		"-qmp", "unix:" + e.socket + ",server=on,wait=off", "-qmp", "unix:" + own + ",server=on,wait=off",
	}, arguments...)...)
	e.process.Stdout, e.process.Stderr = said, said
	if err := e.process.Start(); err != nil {
		t.Fatalf("%v; install qemu-system-x86", err)
	}
	t.Cleanup(func() {
		_ = e.process.Process.Kill()
		_ = e.process.Wait()
		if t.Failed() && said.Len() > 0 {
			t.Logf("%s said: %s", name, said)
		}
	})
	var err error
	if e.monitor, err = qmp.DialWait(patiently(t), "unix", own); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	t.Cleanup(func() { _ = e.monitor.Close() })
	return e
}

// patiently is a context for a QEMU on a machine that has other things to do.
func patiently(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func (e emulated) open(t *testing.T) source.Source {
	t.Helper()
	s, err := Open(patiently(t), e.socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func (e emulated) do(t *testing.T, command string, arguments any) {
	t.Helper()
	if err := e.monitor.Execute(patiently(t), command, arguments, nil); err != nil {
		t.Fatal(err)
	}
}

func TestSuiteOnAQEMU(t *testing.T) {
	e := start(t, "web-1")
	sourcetest.Run(t, sourcetest.Place{
		Open:    e.open,
		Running: "web-1",
		Told: migration.Of(migration.CPULoad, migration.MemoryUsage, migration.MemoryMiB, migration.ResidentMiB,
			migration.ZeroTailMiB, migration.VCPUs, migration.DiskIO, migration.DowntimeLimitMS, migration.BandwidthCap,
			migration.AutoConverge, migration.Method, migration.MultifdChannels, migration.Compression, migration.TLS,
			migration.XBZRLE, migration.HugePages, migration.Hypervisor, migration.HypervisorVersion, migration.VFIOMiB,
			migration.Migratable),
		Untold: migration.Of(migration.NetworkBandwidth, migration.TimeoutS, migration.WorkingSetMiB, migration.DirtyRate),
	})
}

func TestObserveAQEMU(t *testing.T) {
	e := start(t, "web-1", "-object", "memory-backend-memfd,id=ram,size=128M", "-machine", "memory-backend=ram")
	s := e.open(t)
	ctx := patiently(t)
	vm, err := source.Find(ctx, s, "web-1")
	if err != nil {
		t.Fatal(err)
	}
	if vm.ID != e.socket || vm.Host == "" || vm.Labels["uuid"] != "6b3dfa4d-0000-4000-8000-3f1c2f9f0a11" {
		t.Errorf("%+v", vm)
	}
	began := time.Now()
	if _, err := s.Observe(ctx, vm, source.Ask{}); err != nil {
		t.Fatal(err)
	}
	t.Logf("observed in %v", time.Since(began))
	o, err := s.Observe(ctx, vm, source.Ask{Curve: true})
	if err != nil {
		t.Fatal(err)
	}
	sourcetest.Check(t, o)
	tells(t, o, map[migration.Feature]float64{
		migration.MemoryMiB: 128, migration.VCPUs: 2, migration.HugePages: 0, migration.Hypervisor: migration.HypervisorTCG,
		migration.DowntimeLimitMS: 300, migration.BandwidthCap: 1073.741824, migration.Migratable: 1, migration.VFIOMiB: 0})
	if held := o.Features.Get(migration.ResidentMiB); !(held > 0.1 && held < 128) {
		t.Errorf("firmware alone holds %v MiB; notes %q", held, o.Notes)
	}
	if points := o.Features.Points(); len(points) != 4 || points[3].Seconds != 3 || points[3].MiB > 128 {
		t.Errorf("dirty curve %v; notes %q", points, o.Notes)
	}
	for f, origin := range o.Origins {
		t.Logf("%v = %v, %s, %v old", f, o.Features.Value(f), origin.From, origin.Age)
	}
	t.Logf("notes %q", o.Notes)
}

// busyGuest is a boot sector that writes to each page from 64 to 576 KiB, 0.5 MiB of them, again and again:
//
//	start: mov ax, 0x1000
//	       mov es, ax
//	next:  inc byte [es:0]
//	       add ax, 0x100
//	       mov es, ax
//	       cmp ax, 0x9000
//	       jb next
//	       jmp start
func busyGuest(t *testing.T) []string {
	t.Helper()
	sector := make([]byte, 512)
	copy(sector, "\xb8\x00\x10\x8e\xc0\x26\xfe\x06\x00\x00\x05\x00\x01\x8e\xc0\x3d\x00\x90\x72\xf1\xeb\xea")
	copy(sector[510:], "\x55\xaa")
	disk := filepath.Join(t.TempDir(), "boot")
	if err := os.WriteFile(disk, sector, 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"-drive", "if=ide,format=raw,file=" + disk}
}

// What is dirtied, and how busy the one vCPU of two is that does it, on what this machine has; once the guest has booted,
// 0.5 MiB are dirtied however long the window is.
func TestObserveABusyGuest(t *testing.T) {
	accelerators := map[string][]string{"tcg": nil}
	if _, err := os.Stat("/dev/kvm"); err == nil {
		accelerators["kvm"] = []string{"-accel", "kvm", "-cpu", "host,-arch-capabilities"}
	}
	for accelerator, arguments := range accelerators {
		t.Run(accelerator, func(t *testing.T) {
			e := start(t, accelerator, append(arguments, busyGuest(t)...)...)
			s := e.open(t)
			ctx, vm := patiently(t), only(t, s)
			var o source.Observation
			for booted := false; !booted; {
				var err error
				if o, err = s.Observe(ctx, vm, source.Ask{Curve: true}); err != nil {
					t.Fatal(err)
				}
				// While firmware maps memory anew, KVM's log holds all of it; and a KVM that the processor does not help may
				// write less than QEMU tells, which is whole MiB/s.
				points := o.Features.Points()
				booted = o.Features.Get(migration.CPULoad) > 1 && len(points) == 4 && points[3].MiB <= 2 &&
					(accelerator == "kvm" || points[0].MiB > 0)
			}
			sourcetest.Check(t, o)
			if cpu := o.Features.Get(migration.CPULoad); !(cpu > 1 && cpu < 60) {
				t.Errorf("one busy vCPU of two is %v %%", cpu)
			}
			points := o.Features.Points()
			if got := o.Features.Value(migration.Hypervisor); got != accelerator {
				t.Errorf("runs on %v", got)
			}
			t.Logf("cpu %v, curve %v of %+v, notes %q", o.Features.Get(migration.CPULoad), points, o.Origins[migration.DirtyCurve], o.Notes)
		})
	}
}

func TestStoppedProcess(t *testing.T) {
	e := start(t, "web-1")
	s := e.open(t)
	vm := only(t, s)
	if err := e.process.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	_, err := s.Observe(patiently(t), vm, source.Ask{})
	fault(t, err, context.DeadlineExceeded, e.socket, "or the process is stopped")
	if took := time.Since(began); took > greetTimeout+5*time.Second {
		t.Errorf("it took %v", took)
	}
	if err := e.process.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Observe(patiently(t), vm, source.Ask{}); err != nil {
		t.Errorf("once it goes on: %v", err)
	}
}

// However many wait for a monitor that is held: all are told, and the first that is free again is served.
func TestHeldMonitor(t *testing.T) {
	e := start(t, "web-1")
	holder, err := qmp.Dial(patiently(t), "unix", e.socket)
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan error, 6)
	for range cap(results) {
		go func() {
			_, err := Open(context.Background(), e.socket)
			results <- err
		}()
	}
	for range cap(results) {
		if err := <-results; err == nil {
			t.Error("a held monitor was opened")
		} else {
			fault(t, err, err, e.socket, "another client holds its monitor")
		}
	}
	if err := holder.Close(); err != nil {
		t.Error(err)
	}
	only(t, e.open(t))
}

func TestPausedAndEndedQEMU(t *testing.T) {
	e := start(t, "web-1")
	s := e.open(t)
	e.do(t, "stop", nil)
	o, err := s.Observe(patiently(t), only(t, s), source.Ask{DirtyRate: true})
	if err != nil || o.VM.State != source.Paused || o.Features.Known().Has(migration.CPULoad) || !noted(o, "the VM is paused (paused)") {
		t.Errorf("%+v, %v", o, err)
	}
	e.do(t, "cont", nil)
	vm := only(t, s)
	time.AfterFunc(100*time.Millisecond, func() { _ = e.process.Process.Kill() })
	_, err = s.Observe(patiently(t), vm, source.Ask{Interval: time.Second})
	fault(t, err, source.ErrGone, e.socket)
	_, err = s.Observe(patiently(t), vm, source.Ask{})
	fault(t, err, source.ErrGone, e.socket)
}

// A migration from one QEMU to another, followed and watched; the QEMU that it leaves ends with it.
func TestWatchAMigration(t *testing.T) {
	for name, events := range map[string]bool{"with events": true, "without": false} {
		t.Run(name, func(t *testing.T) { watchAMigration(t, events) })
	}
}

func watchAMigration(t *testing.T, events bool) {
	ctx := patiently(t)
	incoming := "unix:" + filepath.Join(t.TempDir(), "in")
	from, to := start(t, "web-1"), start(t, "web-1", "-incoming", incoming)
	if events {
		from.do(t, "migrate-set-capabilities", map[string]any{"capabilities": []any{map[string]any{"capability": "events", "state": true}}})
	}
	s, waiting := from.open(t), to.open(t)
	if _, err := waiting.Observe(ctx, only(t, waiting), source.Ask{}); !errors.Is(err, source.ErrGone) {
		t.Errorf("of a QEMU that waits: %v", err)
	}
	ended, result := make(chan source.Ended, 2), make(chan error, 1)
	go func() { result <- s.Watch(ctx, func(e source.Ended) { ended <- e }) }()
	vm := only(t, s)
	// Slow enough to be seen: the cap binds from the first page.
	from.do(t, "migrate-set-parameters", map[string]any{"max-bandwidth": 2 << 20, "downtime-limit": 200})
	began := time.Now()
	from.do(t, "migrate", map[string]any{"uri": incoming})
	var p source.Progress
	for err := source.ErrNotMigrating; errors.Is(err, source.ErrNotMigrating); time.Sleep(10 * time.Millisecond) {
		if p, err = s.Progress(ctx, vm); err != nil && !errors.Is(err, source.ErrNotMigrating) {
			t.Fatal(err)
		}
	}
	if p.Sample.RemainingMiB <= 0 || p.Started.Before(began.Add(-time.Second)) || p.Settings.Get(migration.DowntimeLimitMS) != 200 ||
		p.VM.State != source.Migrating || p.Version < migration.VersionNumber(5, 0) {
		t.Errorf("%+v", p)
	}
	o, err := s.Observe(ctx, vm, source.Ask{DirtyRate: true})
	if err == nil && (o.Features.Known().Has(migration.DirtyRate) || !noted(o, "being migrated")) {
		t.Errorf("measured meanwhile: %q", o.Notes)
	}
	from.do(t, "migrate-set-parameters", map[string]any{"max-bandwidth": 0})
	e := <-ended
	record := e.Record
	t.Logf("%+v, began %v before it ended, %d ms", record.Outcome, record.At.Sub(e.Began), record.At.Sub(began).Milliseconds())
	if out := record.Outcome; out.Status != migration.Completed || !(out.DowntimeMS >= 0 && out.DowntimeMS < out.TotalTimeMS) ||
		out.TransferredMiB <= 0 || out.Rounds < 2 || e.Began.Before(began.Add(-2*time.Second)) || record.Source != migration.SourceQEMU {
		t.Errorf("%+v", e)
	}
	if x := record.Features; x.Get(migration.DowntimeLimitMS) != 200 || !x.Known().Has(migration.HypervisorVersion) {
		t.Errorf("features %v", x)
	}
	_, err = s.Observe(ctx, vm, source.Ask{})
	fault(t, err, source.ErrGone, from.socket, "has moved away")
	from.do(t, "quit", nil)
	if err := <-result; err != nil {
		t.Errorf("its QEMU has ended with the migration: %v", err)
	}
	if got := only(t, waiting); got.State != source.Running || len(ended) != 0 {
		t.Errorf("%+v runs where it went; %d more have ended", got, len(ended))
	}
}
