package lab

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"time"

	"vmmp/pkg/lab/guest"
	"vmmp/pkg/lab/image"
)

// Config says what a lab is made of.
type Config struct {
	QEMU   string // the emulator; empty: qemu-system-x86_64 in PATH
	Kernel string // the guest's kernel; empty: the newest of /boot/vmlinuz-*
	Init   string // the static vmmp that the guest runs; empty: this executable
	Seed   uint64 // of the links' jitter
}

// Lab is one guest, the QEMU it lives on, and what it takes to move it. Its methods must not be called concurrently.
type Lab struct {
	qemu      string
	release   string // of QEMU
	kernel    image.Kernel
	initramfs *os.File
	name      string // prefix of all names
	started   int    // QEMUs so far
	random    *rand.Rand

	machine Machine
	guest   *instance   // where the guest runs
	tty     *guest.Line // to the guest
	next    *instance   // a destination that nothing has moved to yet
}

// Oldest release of QEMU that moves emulated guests unharmed: guests of 7.2 died of it in 4 of 16 migrations, none of
// 300 of 10.0.
const oldestMajor, oldestMinor = 9, 0

// ErrParts is wrapped by the error of a lab that lacks a part: QEMU, a kernel, or an executable that runs in a guest.
var ErrParts = errors.New("set up the lab")

// Open finds QEMU and a kernel and packs an initramfs. Its errors wrap ErrParts and say what to install.
func Open(c Config) (*Lab, error) {
	l := &Lab{
		name:   fmt.Sprintf("vmmp-lab-%d-%x", os.Getpid(), rand.Uint32()),
		random: rand.New(rand.NewPCG(c.Seed, 0x6c616221)),
	}
	if err := l.assemble(c); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrParts, err)
	}
	return l, nil
}

func (l *Lab) assemble(c Config) (err error) {
	if l.qemu, err = findQEMU(c.QEMU); err != nil {
		return err
	}
	if l.kernel, err = image.FindKernel(c.Kernel); err != nil {
		return err
	}
	l.initramfs, err = image.Initramfs(c.Init, l.kernel)
	return err
}

// findQEMU finds the emulator.
func findQEMU(name string) (string, error) {
	if name == "" {
		name = "qemu-system-x86_64"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("find QEMU: %w; install qemu-system-x86 %d.%d or newer, "+
			"on Debian 12 from bookworm-backports", err, oldestMajor, oldestMinor)
	}
	return path, nil
}

// bootTimeout is how long a guest may take until its workload answers.
const bootTimeout = time.Minute

// Boot starts a new guest and waits until it answers. One that runs is ended. It returns an error if QEMU is too old.
func (l *Lab) Boot(ctx context.Context, m Machine) error {
	if err := l.end(); err != nil {
		return err
	}
	l.machine = m
	booted, err := l.start(ctx, false)
	if err != nil {
		return err
	}
	l.guest = booted
	version := booted.monitor.Version()
	if l.release = version.String(); !version.AtLeast(oldestMajor, oldestMinor) {
		return fmt.Errorf("QEMU %s harms emulated guests when it moves them: install %d.%d or newer, "+
			"on Debian 12 from bookworm-backports", l.release, oldestMajor, oldestMinor)
	}
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	if l.tty, err = guest.Dial(ctx, abstractSocket(booted.name+serialSocket)); err != nil {
		return booted.explain(fmt.Errorf("wait for the guest to boot: %w", err))
	}
	return nil
}

// start starts a QEMU for the lab's machine.
func (l *Lab) start(ctx context.Context, incoming bool) (*instance, error) {
	l.started++
	b := boot{qemu: l.qemu, machine: l.machine, kernel: l.kernel.Path, initramfs: l.initramfs, incoming: incoming}
	return b.start(ctx, fmt.Sprintf("%s-%d", l.name, l.started))
}

// QEMUVersion returns the version of the QEMU that the last guest was booted on, such as 10.0.2.
func (l *Lab) QEMUVersion() string { return l.release }

// Apply gives the guest a workload and waits until it runs.
func (l *Lab) Apply(ctx context.Context, w guest.Workload) error {
	if err := l.tty.Set(ctx, w); err != nil {
		return l.guest.explain(fmt.Errorf("set the workload: %w", err))
	}
	return nil
}

// destination returns a QEMU that waits for a migration.
func (l *Lab) destination(ctx context.Context) (*instance, error) {
	if d := l.next; d != nil {
		l.next = nil
		return d, nil
	}
	return l.start(ctx, true)
}

// Prepare starts the QEMU that the next migration goes to, so that its start does not disturb the migration.
func (l *Lab) Prepare(ctx context.Context) error {
	if l.next != nil {
		return nil
	}
	var err error
	l.next, err = l.start(ctx, true)
	return err
}

// answerTimeout is how long a guest may take to answer after a migration.
const answerTimeout = 20 * time.Second

// adopt makes the destination the guest's place and ends the source.
func (l *Lab) adopt(ctx context.Context, destination *instance) error {
	source := l.guest
	l.guest = destination
	err := errors.Join(l.tty.Close(), source.close())
	if err != nil {
		return fmt.Errorf("end the source: %w", err)
	}
	return l.reconnect(ctx)
}

// reconnect makes sure that the guest goes on where it is now.
func (l *Lab) reconnect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	_ = l.tty.Close()
	var err error
	if l.tty, err = guest.Dial(ctx, abstractSocket(l.guest.name+serialSocket)); err != nil {
		return l.guest.explain(fmt.Errorf("the guest does not answer after the migration: %w", err))
	}
	return nil
}

// end ends all QEMUs.
func (l *Lab) end() error {
	var errs []error
	if l.tty != nil {
		errs = append(errs, l.tty.Close())
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
