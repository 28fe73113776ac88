package lab

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"time"
)

// Config says what a lab is made of.
type Config struct {
	QEMU   string // the emulator; empty: qemu-system-x86_64 in PATH
	Kernel string // the guest's kernel; empty: the newest of /boot/vmlinuz-*
	Init   string // the static vmmp that the guest runs; empty: this executable
	Seed   uint64 // of the links' jitter
}

// Lab is one guest, the QEMU it lives on, and what it takes to move it. Its
// methods must not be called concurrently.
type Lab struct {
	qemu      string
	release   string // of QEMU
	kernel    kernel
	initramfs *os.File
	name      string // prefix of all names
	started   int    // QEMUs so far
	random    *rand.Rand

	machine Machine
	guest   *instance   // where the guest runs
	tty     *serialLine // to the guest
	next    *instance   // a destination that nothing has moved to yet
}

// Oldest release of QEMU that moves emulated guests unharmed: guests of 7.2 died
// of it in 4 of 16 migrations, none of 300 of 10.0.
const oldestMajor, oldestMinor = 9, 0

// ErrParts is the error of a lab that lacks a part: QEMU, a kernel, or an
// executable that can run in a guest.
var ErrParts = errors.New("set up the lab")

// Open finds QEMU and a kernel and packs an initramfs. Its errors are ErrParts and
// say what to install.
func Open(c Config) (*Lab, error) {
	l := &Lab{name: fmt.Sprintf("vmmp-lab-%d-%x", os.Getpid(), rand.Uint32()), random: rand.New(rand.NewPCG(c.Seed, 0x6c616221))}
	if err := l.assemble(c); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrParts, err)
	}
	return l, nil
}

func (l *Lab) assemble(c Config) (err error) {
	if l.qemu, err = findQEMU(c.QEMU); err != nil {
		return err
	}
	if l.kernel, err = findKernel(c.Kernel); err != nil {
		return err
	}
	l.initramfs, err = packInitramfs(c.Init, l.kernel)
	return err
}

// findQEMU finds the emulator.
func findQEMU(name string) (string, error) {
	if name == "" {
		name = "qemu-system-x86_64"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("find QEMU: %w; install qemu-system-x86 %d.%d or newer, on Debian 12 from bookworm-backports",
			err, oldestMajor, oldestMinor)
	}
	return path, nil
}

// packInitramfs makes the guest's initramfs, in memory only.
func packInitramfs(exe string, k kernel) (f *os.File, err error) {
	if exe == "" {
		if exe, err = os.Executable(); err != nil {
			return nil, fmt.Errorf("find this executable: %w", err)
		}
	}
	modules, err := virtioModules(k)
	if err != nil {
		return nil, err
	}
	if f, err = memoryFile("initramfs"); err != nil {
		return nil, err
	}
	if err := writeInitramfs(f, exe, modules); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// bootTimeout is how long a guest may take until its workload answers.
const bootTimeout = time.Minute

// Boot starts a new guest and waits until it answers. One that runs is ended.
func (l *Lab) Boot(ctx context.Context, m Machine) error {
	if err := l.end(); err != nil {
		return err
	}
	l.machine = m
	guest, err := l.start(ctx, false)
	if err != nil {
		return err
	}
	l.guest = guest
	version := guest.monitor.Version()
	if l.release = version.String(); !version.AtLeast(oldestMajor, oldestMinor) {
		return fmt.Errorf("QEMU %s harms emulated guests when it moves them: install %d.%d or newer, on Debian 12 from bookworm-backports",
			l.release, oldestMajor, oldestMinor)
	}
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	if l.tty, err = dialSerial(ctx, abstract(guest.name+serialSocket)); err != nil {
		return guest.explain(fmt.Errorf("wait for the guest to boot: %w", err))
	}
	return nil
}

// start starts a QEMU for the lab's machine.
func (l *Lab) start(ctx context.Context, incoming bool) (*instance, error) {
	l.started++
	b := boot{qemu: l.qemu, machine: l.machine, kernel: l.kernel.Path, initramfs: l.initramfs, incoming: incoming}
	return b.start(ctx, fmt.Sprintf("%s-%d", l.name, l.started))
}

// Apply gives the guest a workload and waits until it runs.
func (l *Lab) Apply(ctx context.Context, w Workload) error {
	if err := l.tty.set(ctx, w); err != nil {
		return l.guest.explain(fmt.Errorf("set the workload: %w", err))
	}
	return nil
}

// seenPause is the pause of the last migration as seen from outside the guest, in
// milliseconds.
func seenPause(source, destination *instance) float64 {
	return inMilliseconds(source.ticks.pause(destination.ticks))
}

// destination is a QEMU that waits for a migration.
func (l *Lab) destination(ctx context.Context) (*instance, error) {
	if d := l.next; d != nil {
		l.next = nil
		return d, nil
	}
	return l.start(ctx, true)
}

// ready starts the QEMU that the next migration goes to, so that its start does
// not disturb the migration.
func (l *Lab) ready(ctx context.Context) error {
	if l.next != nil {
		return nil
	}
	var err error
	l.next, err = l.start(ctx, true)
	return err
}

// answerTimeout is how long a guest may take to answer after a migration.
const answerTimeout = 20 * time.Second

// become makes the destination the guest's place and ends the source.
func (l *Lab) become(ctx context.Context, destination *instance) error {
	source := l.guest
	l.guest = destination
	err := errors.Join(l.tty.close(), source.close())
	if err != nil {
		return fmt.Errorf("end the source: %w", err)
	}
	return l.alive(ctx)
}

// alive makes sure that the guest goes on where it is now.
func (l *Lab) alive(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	_ = l.tty.close()
	var err error
	if l.tty, err = dialSerial(ctx, abstract(l.guest.name+serialSocket)); err != nil {
		return l.guest.explain(fmt.Errorf("the guest does not answer after the migration: %w", err))
	}
	return nil
}

// end ends all QEMUs.
func (l *Lab) end() error {
	var errs []error
	if l.tty != nil {
		errs = append(errs, l.tty.close())
	}
	for _, i := range []*instance{l.guest, l.next} {
		if i != nil {
			errs = append(errs, i.close())
		}
	}
	l.tty, l.guest, l.next = nil, nil, nil
	return errors.Join(errs...)
}

// Close ends the guest and everything else of the lab.
func (l *Lab) Close() error {
	return errors.Join(l.end(), l.initramfs.Close())
}
