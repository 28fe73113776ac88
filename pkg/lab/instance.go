package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"

	"vmmp/pkg/qmp"
)

// instance is one QEMU process with the lab's lines to it.
type instance struct {
	name    string // prefix of its abstract sockets
	process *os.Process
	monitor monitor
	ticks   *ticker
	console *tail           // what guest and QEMU printed last
	tls     map[string]bool // ends of TLS that it has been given
	done    chan struct{}
	ended   error // why it ended, once done is closed
}

// boot is what a QEMU is started with.
type boot struct {
	config   Config
	machine  Machine
	parts    parts // of the guest
	incoming bool  // waits for a migration instead of booting
}

// Sockets of an instance, by what its name is followed with.
const (
	monitorSocket  = "/qmp"
	serialSocket   = "/tty"
	tickSocket     = "/tick"
	incomingSocket = "/in"
	linkSocket     = "/link"
)

// diskBytes is the size of the guest's disk, which holds nothing: reads give zeros and writes go nowhere, so that
// source and destination share it.
const diskBytes = 1 << 30

// arguments returns QEMU's. Sockets are abstract: nothing is left behind.
func (b boot) arguments(name string) []string {
	socket := func(id, suffix string) string {
		return "socket,id=" + id + ",path=" + name + suffix + ",abstract=on,server=on,wait=off"
	}
	args := []string{
		"-name", "vmmp-lab", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-machine", string(b.machine.board()),
		"-smp", strconv.Itoa(b.machine.VCPUs), "-m", strconv.Itoa(b.machine.MemoryMiB),
		"-chardev", socket("qmp", monitorSocket), "-mon", "chardev=qmp,mode=control",
		"-chardev", socket("tty", serialSocket), "-serial", "chardev:tty",
		"-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
		"-chardev", socket("tick", tickSocket), "-device", "isa-debugcon,iobase=0xe9,chardev=tick",
		"-blockdev", "driver=null-co,node-name=disk,read-zeroes=on,size=" + strconv.Itoa(diskBytes),
		"-device", "virtio-blk-pci,drive=disk",
	}
	if b.machine.Display {
		args = append(args, "-device", "VGA")
	}
	args = append(args, b.config.Accelerator.arguments(b.machine)...)
	args = append(args, b.parts.arguments(b.machine)...)
	if b.incoming {
		args = append(args, "-incoming", "defer")
	}
	return args
}

// start starts a QEMU and connects to its monitor and its ticker.
func (b boot) start(ctx context.Context, name string) (*instance, error) {
	i := &instance{name: name, console: &tail{}, done: make(chan struct{})}
	c := exec.Command(b.config.QEMU, b.arguments(name)...)
	c.Stdout, c.Stderr = i.console, i.console
	c.ExtraFiles = b.parts.files
	c.SysProcAttr = childAttributes()
	started := make(chan error)
	go i.supervise(c, started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", b.config.QEMU, err)
	}
	if err := i.connect(ctx); err != nil {
		return nil, errors.Join(i.explain(err), i.close())
	}
	return i, nil
}

// supervise starts the process and waits for it on a thread of its own: the kernel sends the death signal when the
// thread that started the process ends.
func (i *instance) supervise(c *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := c.Start()
	i.process = c.Process
	started <- err
	if err != nil {
		return
	}
	i.ended = c.Wait()
	if i.ended == nil {
		i.ended = errors.New("it ended by itself")
	}
	close(i.done)
}

// connect opens the lines to a QEMU that has just been started.
func (i *instance) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	go func() { // a QEMU that has ended will never listen
		select {
		case <-i.done:
			cancel()
		case <-ctx.Done():
		}
	}()
	var err error
	if i.monitor.Client, err = qmp.DialWait(ctx, "unix", abstractSocket(i.name+monitorSocket)); err != nil {
		return err
	}
	i.ticks, err = listenTicks(abstractSocket(i.name + tickSocket))
	return err
}

// startTimeout is how long a QEMU may take until its monitor answers.
const startTimeout = 20 * time.Second

// abstractSocket returns how Go spells an abstract unix socket.
func abstractSocket(name string) string { return "@" + name }

// explain adds to an error why the QEMU ended, where it has, and what it printed.
func (i *instance) explain(err error) error {
	select {
	case <-i.done:
	case <-time.After(exitGrace):
		return err
	}
	return fmt.Errorf("%w; QEMU: %w: %s", err, i.ended, i.console.lastLines())
}

// exitGrace is how long an ended QEMU's exit status may lag behind its closed monitor.
const exitGrace = 200 * time.Millisecond

// close ends the process, by its monitor or by force, and the lines to it.
func (i *instance) close() error {
	if i.monitor.Client != nil {
		ctx, cancel := context.WithTimeout(context.Background(), quitTimeout)
		defer cancel()
		_ = i.monitor.quit(ctx)
		_ = i.monitor.Close()
	} else {
		_ = i.process.Kill()
	}
	select {
	case <-i.done:
	case <-time.After(quitTimeout):
		_ = i.process.Kill()
		<-i.done
	}
	if i.ticks != nil {
		return i.ticks.close()
	}
	return nil
}

// quitTimeout is how long a QEMU may take to end when told to.
const quitTimeout = 2 * time.Second
