//go:build integration

package packages

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// machine is a copy of this machine with a systemd of its own as process 1. What is
// written there is in memory and ends with it; nothing of it is seen here.
type machine struct{ pid int }

// bootScript makes the copy below the folder in $1 and becomes its systemd. Settings of
// the kernel stay out of its reach, for there is only one kernel.
const bootScript = `
set -eu
mount --make-rprivate /
root=$1/root layers=$1/layers
mkdir "$root" "$layers"
mount -t tmpfs tmpfs "$layers"
mkdir "$layers/upper" "$layers/work"
mount -t overlay -o "lowerdir=/,upperdir=$layers/upper,workdir=$layers/work" overlay "$root"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
for folder in dev run tmp; do mount -t tmpfs tmpfs "$root/$folder"; done
for device in null zero full random urandom tty; do
	touch "$root/dev/$device"
	mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
: >"$root/etc/machine-id"
cd "$root"
mkdir -p old
pivot_root . old
umount -l /old
exec env -i container=vmmp PATH="$PATH" /lib/systemd/systemd --unit=basic.target --log-target=journal
`

// boot starts a machine; the test ends it. It needs root.
func boot(t *testing.T) *machine {
	t.Helper()
	group := controlGroup(t)
	folder, err := os.Open(group)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	// Only a process that is in the group already can make it the root of those it sees.
	c := exec.Command("unshare", "--cgroup", "bash", "-c", bootScript, "boot", t.TempDir())
	var told strings.Builder
	c.Stdout, c.Stderr = &told, &told
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWNET,
		UseCgroupFD: true, CgroupFD: int(folder.Fd()),
	}
	if err := c.Start(); err != nil {
		t.Fatalf("start a systemd, as root: %v", err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = c.Wait() }() // always killed
	t.Cleanup(func() {
		_ = c.Process.Kill() // it may have ended
		<-ended
	})
	m := &machine{c.Process.Pid}
	m.eventually(t, "systemd to be up", func() bool {
		select {
		case <-ended:
			t.Fatalf("systemd ended: %s", told.String())
		default:
		}
		out, _ := m.command("systemctl", "is-system-running").Output()
		state := strings.TrimSpace(string(out))
		return state == "running" || state == "degraded"
	})
	return m
}

// controlGroup makes a control group, which goes with the test.
func controlGroup(t *testing.T) string {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if f := strings.Fields(line); f[2] == "cgroup2" {
			group, err := os.MkdirTemp(f[1], "vmmp-test-")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { removeGroups(t, group) })
			return group
		}
	}
	t.Fatal("no cgroup2 is mounted: mount -t cgroup2 cgroup2 /sys/fs/cgroup")
	return ""
}

// removeGroups removes a control group and those below it. The kernel takes a moment to
// bury their last processes.
func removeGroups(t *testing.T, group string) {
	t.Helper()
	for range 100 {
		var groups []string
		_ = filepath.WalkDir(group, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				groups = append(groups, path)
			}
			return nil
		})
		for i := len(groups) - 1; i >= 0; i-- {
			_ = os.Remove(groups[i]) // tried again
		}
		if _, err := os.Stat(group); errors.Is(err, fs.ErrNotExist) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("%s is left", group)
}

// command is a command inside the machine.
func (m *machine) command(name string, args ...string) *exec.Cmd {
	inside := []string{"--target", strconv.Itoa(m.pid), "--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup", "--wd=/", "--", name}
	c := exec.Command("nsenter", append(inside, args...)...)
	c.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive"}
	return c
}

// run answers what a command prints on standard output that has to succeed.
func (m *machine) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	c := m.command(name, args...)
	var errs strings.Builder
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %s: %v: %s%s", name, strings.Join(args, " "), err, out, errs.String())
	}
	return strings.TrimSpace(string(out))
}

// show is a property of a unit.
func (m *machine) show(t *testing.T, unit, property string) string {
	t.Helper()
	return m.run(t, "systemctl", "show", "--value", "--property", property, unit)
}

// write makes a file, of the same mode if there is one.
func (m *machine) write(t *testing.T, path, text string) {
	t.Helper()
	c := m.command("tee", path)
	c.Stdin = strings.NewReader(text)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("write %s: %v: %s", path, err, out)
	}
}

// eventually waits until something holds; a minute without it fails the test.
func (m *machine) eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 600 {
		if holds() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	journal, _ := m.command("journalctl", "--no-pager", "--lines=50").CombinedOutput()
	t.Fatalf("waited in vain for %s:\n%s", what, journal)
}
