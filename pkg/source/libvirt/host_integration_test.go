//go:build integration && linux

package libvirt

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A host is a libvirtd of its own, in mount, network and UTS namespaces of its own, so that it neither sees nor is seen
// by one of this machine. Its sockets are reached from outside.
type host struct {
	name   string
	folder string
	pid    int // of libvirtd
}

// hostScript begins a host: folder, UUID, name.
const hostScript = `set -e
mount --make-rprivate /
cd "$1"
mkdir -p etc/qemu/networks etc/hooks etc/nwfilter run lib log cache /run/libvirt
mount --bind etc /etc/libvirt
mount --bind run /run/libvirt
mount --bind lib /var/lib/libvirt
mount --bind log /var/log/libvirt
mount --bind cache /var/cache/libvirt
cat >/etc/libvirt/libvirtd.conf <<END
host_uuid = "$2"
unix_sock_rw_perms = "0700"
unix_sock_ro_perms = "0777"
auth_unix_ro = "none"
auth_unix_rw = "none"
listen_tls = 0
listen_tcp = 1
auth_tcp = "none"
END
cat >/etc/libvirt/qemu.conf <<END
security_driver = "none"
cgroup_controllers = []
namespaces = []
user = "root"
group = "root"
remember_owner = 0
stdio_handler = "file"
END
ip link set lo up
hostname "$3"
exec libvirtd --listen --pid-file "$1/run/libvirtd.pid"`

// openFolder returns a folder that any user may read.
func openFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, open := range []string{folder, filepath.Dir(folder)} {
		if err := os.Chmod(open, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// startHost starts a host; the end of the test ends it and its domains.
func startHost(t *testing.T, name string, number int) *host {
	t.Helper()
	h := &host{name: name, folder: openFolder(t)}
	log, err := os.Create(filepath.Join(h.folder, "libvirtd.log"))
	if err != nil {
		t.Fatal(err)
	}
	uuid := fmt.Sprintf("3f6c2d50-0000-4000-8000-%012d", number)
	process := exec.Command("unshare", "-m", "-n", "-u", "sh", "-c", hostScript, "host", h.folder, uuid, name)
	process.Stdout, process.Stderr = log, log
	process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := process.Start(); err != nil {
		t.Fatalf("%v; libvirt-daemon-system and root are needed", err)
	}
	t.Cleanup(func() {
		for _, domain := range strings.Fields(h.virsh(t, "list", "--name")) {
			h.virsh(t, "destroy", domain)
		}
		_ = process.Process.Signal(syscall.SIGTERM)
		_ = process.Wait()
		_ = log.Close()
	})
	h.pid = process.Process.Pid
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(h.folder, "run/libvirt-sock")); err == nil {
			return h
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("libvirtd has not started:\n%s", text)
		}
	}
}

// uri returns where the host is reached.
func (h *host) uri() string {
	return "qemu+unix:///system?socket=" + filepath.Join(h.folder, "run/libvirt-sock")
}

// inside returns a command that runs in the host's network.
func (h *host) inside(ctx context.Context, arguments ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "nsenter", append([]string{"-t", fmt.Sprint(h.pid), "-n"}, arguments...)...)
}

// virsh runs a command of virsh on the host, and returns what it prints.
func (h *host) virsh(t *testing.T, arguments ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) //nolint:usetesting // of use in a Cleanup
	defer cancel()
	var said bytes.Buffer
	command := h.inside(ctx, append([]string{"virsh", "-c", h.uri()}, arguments...)...)
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		t.Fatalf("virsh %s: %v: %s", strings.Join(arguments, " "), err, said.String())
	}
	return strings.TrimSpace(string(out))
}

// together does one thing of virsh to several domains at once.
func (h *host) together(t *testing.T, what string, domains []string) {
	t.Helper()
	commands := make([]*exec.Cmd, len(domains))
	for i, domain := range domains {
		commands[i] = h.inside(context.WithoutCancel(t.Context()), "virsh", "-c", h.uri(), what, domain)
		if err := commands[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	for i, domain := range domains {
		if err := commands[i].Wait(); err != nil {
			t.Errorf("%s %s: %v", what, domain, err)
		}
	}
}

// domainXML defines a domain: type, name, MiB, ROM, processor, disk.
const domainXML = `<domain type='%s'>
  <name>%s</name>
  <title>a guest of the tests</title>
  <memory unit='MiB'>%d</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><loader readonly='yes' type='rom'>%s</loader></os>
  <features><acpi/></features>%s
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='usb' model='none'/>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw' cache='none'/>
      <source file='%s'/><target dev='vda' bus='virtio'/><shareable/>
    </disk>
    <memballoon model='virtio'/>
  </devices>
</domain>`

// domain defines a domain, and starts it.
func (h *host) domain(t *testing.T, name string, memoryMiB int, rom string) {
	t.Helper()
	h.define(t, name, memoryMiB, rom)
	h.virsh(t, "start", name)
}

// define defines a domain, with a disk that every host reaches.
func (h *host) define(t *testing.T, name string, memoryMiB int, rom string) {
	t.Helper()
	h.defineAs(t, "qemu", "", name, memoryMiB, rom)
}

// hostCPU is the processor of domains under KVM.
const hostCPU = `<cpu mode='host-passthrough' migratable='off'><feature policy='disable' name='arch-capabilities'/></cpu>`

func (h *host) defineAs(t *testing.T, kind, cpu, name string, memoryMiB int, rom string) {
	t.Helper()
	disk := filepath.Join(filepath.Dir(rom), "disk")
	if err := os.WriteFile(disk, make([]byte, 1<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name+".xml")
	if err := os.WriteFile(path, fmt.Appendf(nil, domainXML, kind, name, memoryMiB, rom, cpu, disk), 0o644); err != nil {
		t.Fatal(err)
	}
	h.virsh(t, "define", path)
}

// linkHosts joins the networks of two hosts, with addresses that it returns.
func linkHosts(t *testing.T, a, b *host) (addressA, addressB string) {
	t.Helper()
	run := func(command *exec.Cmd) {
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", command.Args, err, out)
		}
	}
	ctx := t.Context()
	run(a.inside(ctx, "ip", "link", "add", "vmmp0", "type", "veth", "peer", "name", "vmmp1", "netns", fmt.Sprint(b.pid)))
	addressA, addressB = "10.98.0.1", "10.98.0.2"
	run(a.inside(ctx, "ip", "addr", "add", addressA+"/24", "dev", "vmmp0"))
	run(a.inside(ctx, "ip", "link", "set", "vmmp0", "up"))
	run(b.inside(ctx, "ip", "addr", "add", addressB+"/24", "dev", "vmmp1"))
	run(b.inside(ctx, "ip", "link", "set", "vmmp1", "up"))
	return addressA, addressB
}
