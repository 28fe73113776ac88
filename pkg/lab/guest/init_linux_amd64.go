package guest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"golang.org/x/sys/unix"
)

// Inside reports whether this process is the init of a lab guest: it is process 1, and the kernel's command line
// carried Parameter. Being process 1 alone is not enough, as any program in a container is that.
func Inside() bool { return os.Getpid() == 1 && os.Getenv(parameterName) == "1" }

// Run prepares the system and serves the serial line for as long as the guest lives. It never returns. On a fault it
// prints it on the console and exits, which panics the kernel; with panic=-1 and -no-reboot that ends the QEMU process,
// so that the lab sees it at once.
func Run() {
	err := runInit()
	fmt.Fprintln(os.Stderr, "vmmp guest:", err)
	os.Exit(1)
}

// runInit serves until the serial line breaks, and returns why it did.
func runInit() error {
	tuneRuntime()
	if err := mountSystem(); err != nil {
		return err
	}
	if err := loadModules("/modules"); err != nil {
		return err
	}
	line, err := openSerial("/dev/ttyS0")
	if err != nil {
		return err
	}
	total, _, err := readMemory()
	if err != nil {
		return err
	}
	memory, err := newMemory(int(total) * mib)
	if err != nil {
		return err
	}
	s := &server{memory: memory, disk: "/dev/vda", cpus: runtime.NumCPU(), console: os.Stderr}
	if err := tickForever(&s.ticks); err != nil {
		fmt.Fprintln(os.Stderr, "vmmp guest:", err)
	}
	return serveLine(line, s.answer)
}

// tuneRuntime keeps Go's runtime small and out of the workload's way. The writers, the ticker and the disk hold a
// processor of Go's each while they run, so there must be more of them than vCPUs, or the serial line would wait for
// its turn.
func tuneRuntime() {
	runtime.GOMAXPROCS(runtime.NumCPU() + 4)
	debug.SetGCPercent(50)
	debug.FreeOSMemory()
}

// mountSystem mounts the kernel's file systems where they are expected.
func mountSystem() error {
	for _, m := range []struct{ kind, on string }{{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}} {
		err := unix.Mount(m.kind, m.on, m.kind, 0, "")
		if err != nil && !errors.Is(err, unix.EBUSY) {
			return fmt.Errorf("mount %s on %s: %w", m.kind, m.on, err)
		}
	}
	return nil
}

// loadModules loads the modules of a folder in the order of its file "order", and deletes each, as the initramfs lies
// in memory. No such file: nothing to load.
func loadModules(dir string) error {
	order, err := os.ReadFile(filepath.Join(dir, ModuleOrder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("load modules: %w", err)
	}
	for _, name := range strings.Fields(string(order)) {
		path := filepath.Join(dir, name)
		if err := loadModule(path); err != nil {
			return fmt.Errorf("load module %s: %w; take the modules of the kernel that was booted", name, err)
		}
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("load modules: %w", err)
		}
	}
	return nil
}

func loadModule(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it is only read
	if err := unix.FinitModule(int(f.Fd()), "", 0); err != nil && !errors.Is(err, unix.EEXIST) {
		return err
	}
	return nil
}

// serialPort is a terminal read and written by plain system calls. An *os.File would go through the poller and its
// timers; nothing here needs a deadline.
type serialPort int

// openSerial opens a terminal raw: no echo, no translation, each byte at once.
func openSerial(path string) (serialPort, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("open serial line %s: %w", path, err)
	}
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return 0, fmt.Errorf("open serial line %s: %w", path, err)
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB|unix.CRTSCTS) | unix.CS8 | unix.CREAD | unix.CLOCAL
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETSF, t); err != nil {
		return 0, fmt.Errorf("open serial line %s: %w", path, err)
	}
	return serialPort(fd), nil
}

// Read reads from the line; it returns the error of the system call.
func (p serialPort) Read(b []byte) (int, error) { return retried(unix.Read, p, b) }

// Write writes all of b to the line, or returns how much of it was written before an error.
func (p serialPort) Write(b []byte) (int, error) {
	for done := 0; done < len(b); {
		n, err := retried(unix.Write, p, b[done:])
		if err != nil {
			return done, err
		}
		done += n
	}
	return len(b), nil
}

// retried makes a system call again when a signal of Go's own scheduler broke it off.
func retried(call func(int, []byte) (int, error), p serialPort, b []byte) (int, error) {
	for {
		n, err := call(int(p), b)
		if !errors.Is(err, unix.EINTR) {
			return max(n, 0), err
		}
	}
}
