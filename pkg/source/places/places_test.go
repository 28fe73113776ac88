package places

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"vmmp/configs/sources"
	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

func TestAddresses(t *testing.T) {
	for _, address := range []string{
		"libvirt:", "libvirt:qemu+ssh://root@host/system", "qmp:/run/vm.qmp", "qmp:127.0.0.1:4444", "machine:",
		"prometheus:http://127.0.0.1:9090", "prometheus:http://127.0.0.1:9090#mine.yaml",
	} {
		if err := Check(address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for address, want := range map[string]string{
		"": "begins with one of libvirt:", "qemu:///system": "begins with one of", "libvrt:": "did you mean libvirt:?",
		"qmp:": "give a socket", "prometheus:": "give a URL", "machine:here": "leave out",
	} {
		if _, err := Open(t.Context(), address, Options{}); !errors.Is(err, ErrAddress) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}

func TestNameHidesPasswords(t *testing.T) {
	for address, want := range map[string]string{
		"prometheus:https://joe:secret@host:9090#kubevirt": "prometheus:https://joe@host:9090#kubevirt",
		"qmp:/run/vm.qmp": "qmp:/run/vm.qmp", "libvirt:": "libvirt:", "libvirt:qemu+ssh://root@host/system": "libvirt:qemu+ssh://root@host/system",
	} {
		if got := Name(address); got != want {
			t.Errorf("%s is shown as %s", address, got)
		}
	}
	if err := Check("promethus:https://joe:secret@host"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
}

// Each kind of place is opened by what knows it.
func TestKindsAreOpened(t *testing.T) {
	here, err := Open(t.Context(), "machine:", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if vms, err := here.List(t.Context()); err != nil || len(vms) != 1 {
		t.Errorf("%+v, %v", vms, err)
	}
	if _, err := Open(t.Context(), "qmp:"+filepath.Join(t.TempDir(), "none"), Options{}); !errors.Is(err, source.ErrGone) {
		t.Errorf("a socket that is not there: %v", err)
	}
	if _, err := Open(t.Context(), "libvirt:qemu+unix:///system?socket="+filepath.Join(t.TempDir(), "none"), Options{}); err == nil {
		t.Error("a libvirt that is not there answers")
	}
}

func TestPrometheusByAMapping(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer sesame" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"vector","result":[]}}`))
	}))
	defer server.Close()
	if _, err := Open(t.Context(), "prometheus:"+server.URL+"#none-such", Options{Mappings: sources.Mappings}); err == nil ||
		!strings.Contains(err.Error(), "none-such") {
		t.Errorf("a mapping that is not there: %v", err)
	}
	for _, name := range []string{"", "#kubevirt", "#node-exporter"} {
		s, err := Open(t.Context(), "prometheus:"+server.URL+name, Options{Mappings: sources.Mappings})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.List(t.Context()); !errors.Is(err, source.ErrDenied) {
			t.Errorf("%s: without a token %v", name, err)
		}
	}
	t.Setenv(prometheusToken, "sesame")
	s, err := Open(t.Context(), "prometheus:"+server.URL, Options{Mappings: sources.Mappings})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.List(t.Context()); errors.Is(err, source.ErrDenied) {
		t.Errorf("with the token %v", err)
	}
}

func TestProxmoxByItsToken(t *testing.T) {
	t.Setenv(proxmoxToken, "")
	if _, err := Open(t.Context(), "proxmox:https://pve:8006", Options{}); !errors.Is(err, ErrAddress) || !strings.Contains(err.Error(), proxmoxToken) {
		t.Errorf("without a token %v", err)
	}
	t.Setenv(proxmoxToken, "vmmp@pve!ci=3f1c2f9f-0a11-4000-8000-6b3dfa4d0000")
	s, err := Open(t.Context(), "proxmox:https://127.0.0.1:1", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.List(t.Context()); err == nil {
		t.Error("a cluster that is not there lists guests")
	}
}

// The log of a task is read by the package that knows its words.
func TestTaskLogs(t *testing.T) {
	const text = `2026-01-31 12:00:00 starting migration of VM 101 to node 'b' (10.0.0.2)
2026-01-31 12:00:01 start migrate command to unix:/run/qemu-server/101.migrate
2026-01-31 12:00:02 migration active, transferred 900.0 MiB of 4.0 GiB VM-state, 1.1 GiB/s
2026-01-31 12:00:06 average migration speed: 1.0 GiB/s - downtime 64 ms
2026-01-31 12:00:06 migration status: completed
2026-01-31 12:00:10 migration finished successfully (duration 00:00:10)
TASK OK
`
	log, err := readTaskLog([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if !log.Live || log.Record.Outcome.DowntimeMS != 64 || log.Record.Outcome.Status != migration.Completed || log.Reason != "" {
		t.Errorf("%+v", log)
	}
	if _, err := readTaskLog([]byte("TASK OK\n")); err == nil {
		t.Error("a log of no migration is one")
	}
}
