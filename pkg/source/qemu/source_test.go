package qemu

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/qmp/qmptest"
	"vmmp/pkg/source"
	"vmmp/pkg/source/sourcetest"
)

// soon is a context for what should take no time at all.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// opened returns the source of a QEMU.
func opened(t *testing.T, q *qmptest.QEMU) source.Source {
	t.Helper()
	s, err := Open(soon(t), q.Path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// only returns the one VM of a source.
func only(t *testing.T, s source.Source) source.VM {
	t.Helper()
	vms, err := s.List(soon(t))
	if err != nil || len(vms) != 1 {
		t.Fatalf("%+v, %v", vms, err)
	}
	return vms[0]
}

func TestSuite(t *testing.T) {
	q := qmptest.Start(t)
	sourcetest.Run(t, sourcetest.Place{
		Open:    func(t *testing.T) source.Source { return opened(t, q) },
		Running: "idle",
		Told: migration.Of(migration.MemoryMiB, migration.VCPUs, migration.DiskIO, migration.DowntimeLimitMS,
			migration.BandwidthCap, migration.AutoConverge, migration.Method, migration.MultifdChannels, migration.Compression,
			migration.TLS, migration.XBZRLE, migration.HugePages, migration.Hypervisor, migration.HypervisorVersion,
			migration.VFIOMiB, migration.Migratable),
		Untold: migration.Of(migration.NetworkBandwidth, migration.TimeoutS, migration.WorkingSetMiB),
	})
}

func TestList(t *testing.T) {
	const id = "6b3dfa4d-0000-4000-8000-3f1c2f9f0a11"
	tests := []struct {
		name, status, migrate, uuid string
		want                        source.State
	}{
		{"web", "running", `{}`, id, source.Running},
		{"web", "running", `{"status": "none"}`, id, source.Running},
		{"web", "running", `{"status": "failed"}`, "00000000-0000-0000-0000-000000000000", source.Running},
		{"", "paused", `{}`, id, source.Paused},
		{"web", "io-error", `{}`, id, source.Paused},
		{"web", "prelaunch", `{}`, id, source.Paused},
		{"web", "running", `{"status": "active", "ram": {"total": 1}}`, id, source.Migrating},
		{"web", "finish-migrate", `{"status": "device"}`, id, source.Migrating},
		{"web", "inmigrate", `{"status": "active"}`, id, source.Stopped},
		{"web", "postmigrate", `{"status": "completed", "total-time": 9}`, id, source.Stopped},
		{"web", "shutdown", `{}`, id, source.Stopped},
	}
	q := qmptest.Start(t)
	s := opened(t, q)
	for _, test := range tests {
		q.Answer("query-name", qmptest.Return(`{"name": "`+test.name+`"}`))
		q.Answer("query-status", qmptest.Return(`{"status": "`+test.status+`"}`))
		q.Answer("query-migrate", qmptest.Return(test.migrate))
		q.Answer("query-uuid", qmptest.Return(`{"UUID": "`+test.uuid+`"}`))
		want := source.VM{ID: q.Path, Name: test.name, State: test.want, Labels: map[string]string{
			"status": test.status, "qemu": "10.0.2", "uuid": test.uuid}}
		if want.Name == "" {
			want.Name = filepath.Base(q.Path)
		}
		if strings.HasPrefix(test.uuid, "00000000") {
			delete(want.Labels, "uuid")
		}
		if got := only(t, s); !reflect.DeepEqual(got, want) {
			t.Errorf("%s, %s: %+v, want %+v", test.status, test.migrate, got, want)
		}
	}
}

// Between questions others can use the monitor.
func TestTheMonitorIsGivenBack(t *testing.T) {
	q := qmptest.Start(t)
	s := opened(t, q)
	other := opened(t, q)
	for range 5 {
		only(t, s)
		only(t, other)
	}
	vm := only(t, s)
	if _, err := s.Observe(soon(t), vm, source.Ask{}); err != nil {
		t.Error(err)
	}
	only(t, other)
}

func TestOverTCP(t *testing.T) {
	q := qmptest.Start(t)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go forward(listener, q.Path)
	t.Cleanup(func() { _ = listener.Close() })
	s, err := Open(soon(t), listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	o, err := s.Observe(soon(t), only(t, s), source.Ask{})
	if err != nil {
		t.Fatal(err)
	}
	sourcetest.Check(t, o)
	if known := o.Features.Known(); known.Has(migration.CPULoad) || known.Has(migration.ResidentMiB) || o.VM.Host != "" {
		t.Errorf("a QEMU elsewhere: %+v", o)
	}
	if !noted(o, "CPU use is not known: QEMU's process is not known by tcp") {
		t.Errorf("notes %q", o.Notes)
	}
}

// forward joins each connection with one to a unix socket.
func forward(listener net.Listener, path string) {
	for {
		from, err := listener.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("unix", path)
		if err != nil {
			_ = from.Close()
			return
		}
		go copyThenClose(to, from)
		go copyThenClose(from, to)
	}
}

func copyThenClose(to, from net.Conn) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			_, _ = to.Write(buffer[:n])
		}
		if err != nil {
			_ = to.Close()
			return
		}
	}
}

// noted reports whether one of the notes says something.
func noted(o source.Observation, text string) bool {
	for _, note := range o.Notes {
		if strings.Contains(note, text) {
			return true
		}
	}
	return false
}

func TestOfAnotherPlace(t *testing.T) {
	q := qmptest.Start(t)
	s := opened(t, q)
	other := source.VM{ID: "/run/other", Name: "other"}
	if _, err := s.Observe(soon(t), other, source.Ask{}); !errors.Is(err, source.ErrUnknownVM) {
		t.Error(err)
	}
	if _, err := s.Progress(soon(t), other); !errors.Is(err, source.ErrUnknownVM) {
		t.Error(err)
	}
}
