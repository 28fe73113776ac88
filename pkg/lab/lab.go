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
)

// Config says what a lab is made of.
type Config struct {
	QEMU        string // the emulator; empty: qemu-system-x86_64 in PATH
	Guest       Guest
	Accelerator Accelerator
	Kernel      string // the Linux guest's kernel; empty: the newest of /boot/vmlinuz-*
	Init        string // the static vmmp that the Linux guest runs; empty: this executable
	PaddingMiB  int    // by which the Linux guest's initramfs is larger than it need be
	Seed        uint64 // of the links' jitter
}

// Lab is one guest, the QEMU it lives on, and what it takes to move it. Its methods must not be called concurrently.
type Lab struct {
	config  Config // QEMU is its path
	release string // of QEMU
	parts   parts
	name    string // prefix of all names
	started int    // QEMUs so far
	random  *rand.Rand

	keys    *keys // of migrations over TLS; nil: none was made yet
	machine Machine
	guest   *instance // where the guest runs
	tty     line      // to the guest
	next    *instance // a destination that nothing has moved to yet

	applied   bool // a workload since the boot
	untouched bool // the RAM that it does not hold
}

// Oldest release of QEMU that moves emulated guests unharmed: guests of 7.2 died of it in 4 of 16 migrations, none of
// 300 of 10.0.
const oldestMajor, oldestMinor = 9, 0

// ErrParts is wrapped by the error of a lab that lacks a part: QEMU, KVM, a kernel, or an executable that runs in a
// guest.
var ErrParts = errors.New("set up the lab")

// Open finds QEMU and KVM, and what the guest is made of. Its errors wrap ErrParts and say what to install.
func Open(c Config) (*Lab, error) {
	l := &Lab{
		config: c,
		name:   fmt.Sprintf("vmmp-lab-%d-%x", os.Getpid(), rand.Uint32()),
		random: rand.New(rand.NewPCG(c.Seed, 0x6c616221)),
	}
	if err := l.assemble(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrParts, err)
	}
	return l, nil
}

func (l *Lab) assemble() (err error) {
	if l.config.QEMU, err = findQEMU(l.config.QEMU); err != nil {
		return err
	}
	if err = l.config.Accelerator.check(); err != nil {
		return err
	}
	l.parts, err = findParts(l.config)
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
	if err := l.config.check(m); err != nil {
		return err
	}
	l.machine, l.applied = m, false
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
	if l.tty, err = l.dial(ctx, booted); err != nil {
		return booted.explain(fmt.Errorf("wait for the guest to boot: %w", err))
	}
	return nil
}

// start starts a QEMU for the lab's machine.
func (l *Lab) start(ctx context.Context, incoming bool) (*instance, error) {
	l.started++
	b := boot{config: l.config, machine: l.machine, parts: l.parts, incoming: incoming}
	return b.start(ctx, fmt.Sprintf("%s-%d", l.name, l.started))
}

// QEMUVersion returns the version of the QEMU that the last guest was booted on, such as 10.0.2.
func (l *Lab) QEMUVersion() string { return l.release }

// Apply gives the guest a workload and waits until it runs.
func (l *Lab) Apply(ctx context.Context, w guest.Workload) error {
	l.untouched = l.config.Guest == BareMetal && !l.applied
	l.applied = true
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
	if l.tty != nil {
		_ = l.tty.Close()
	}
	var err error
	if l.tty, err = l.dial(ctx, l.guest); err != nil {
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
	return errors.Join(l.end(), l.parts.close(), l.keys.remove())
}
