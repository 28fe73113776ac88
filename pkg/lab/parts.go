package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"vmmp/pkg/lab/baremetal"
	"vmmp/pkg/lab/guest"
	"vmmp/pkg/lab/image"
)

// Guest is what runs in a lab's virtual machine.
type Guest string

// The guests; an empty one is Linux.
const (
	Linux     Guest = "linux"     // with vmmp as its init: package guest
	BareMetal Guest = "baremetal" // package baremetal
)

// Validate returns an error if the guest is none of the known ones.
func (g Guest) Validate() error {
	switch g {
	case "", Linux, BareMetal:
		return nil
	}
	return fmt.Errorf("guest is %q; give %s or %s", string(g), Linux, BareMetal)
}

// line is the serial line to a guest, whatever it is: guest.Line says what the methods do.
type line interface {
	Set(ctx context.Context, w guest.Workload) error
	Stat(ctx context.Context) (guest.Stat, error)
	Sum(ctx context.Context) (string, error)
	Close() error
}

// dial connects to the serial line of the guest in a QEMU; where it cannot, there is no line.
func (l *Lab) dial(ctx context.Context, i *instance) (to line, err error) {
	socket := abstractSocket(i.name + serialSocket)
	if l.config.Guest == BareMetal {
		to, err = baremetal.Dial(ctx, socket, l.machine.MemoryMiB)
	} else {
		to, err = guest.Dial(ctx, socket)
	}
	if err != nil {
		return nil, err
	}
	return to, nil
}

// parts are what QEMU starts a guest from: files that the process inherits from descriptor 3 on, and its arguments.
type parts struct {
	files     []*os.File
	arguments func(Machine) []string
}

func (p parts) close() error {
	var errs []error
	for _, f := range p.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// inherited returns the path by which a process opens the i-th of the files that it was given.
func inherited(i int) string { return "/proc/self/fd/" + strconv.Itoa(3+i) }

// findParts returns what the guest of a lab is made of.
func findParts(c Config) (parts, error) {
	if c.Guest == BareMetal {
		return bareParts()
	}
	return linuxParts(c)
}

// linuxParts finds a kernel and packs an initramfs.
func linuxParts(c Config) (parts, error) {
	kernel, err := image.FindKernel(c.Kernel)
	if err != nil {
		return parts{}, err
	}
	initramfs, err := image.Initramfs(c.Init, kernel, c.PaddingMiB)
	if err != nil {
		return parts{}, err
	}
	arguments := func(m Machine) []string {
		parameters := image.KernelParameters
		if !m.KeepFreed {
			parameters += " " + image.ClearFreed
		}
		return []string{"-kernel", kernel.Path, "-initrd", inherited(0), "-append", parameters}
	}
	return parts{[]*os.File{initramfs}, arguments}, nil
}

// bareParts writes the bare-metal guest's firmware, and what it fills memory with, into memory.
func bareParts() (p parts, err error) {
	contents := [][]byte{baremetal.Firmware(), baremetal.RandomFill(), baremetal.RepeatedFill()}
	for i, name := range []string{"firmware", "random", "repeated"} {
		f, err := image.MemoryFile(name)
		if err != nil {
			return p, errors.Join(err, p.close())
		}
		p.files = append(p.files, f)
		if _, err := f.Write(contents[i]); err != nil {
			return p, errors.Join(fmt.Errorf("write the guest's %s: %w", name, err), p.close())
		}
	}
	p.arguments = func(Machine) []string {
		return []string{
			"-bios", inherited(0),
			"-fw_cfg", "name=" + baremetal.RandomFile + ",file=" + inherited(1),
			"-fw_cfg", "name=" + baremetal.RepeatedFile + ",file=" + inherited(2),
		}
	}
	return p, nil
}
