package sweep

import (
	"errors"
	"fmt"
	"slices"

	"vmmp/pkg/lab"
)

// Platform is what the plan's guests run on. Its zero value is emulation of Linux on Q35.
type Platform struct {
	Guest       lab.Guest       `yaml:"guest"`
	Accelerator lab.Accelerator `yaml:"accelerator"`
	PaddingMiB  int             `yaml:"padding_mib"` // by which the initramfs is larger
	Boards      []lab.Board     `yaml:"boards"`
	DirtyRing   float64         `yaml:"dirty_ring"` // share of boots with KVM's dirty ring in place of a bitmap
	Display     float64         `yaml:"display"`    // share of boots with a display adapter
	// Freed is the share of settings whose guest has held more memory than it does, and given it back as it was. A
	// Linux guest is booted so, hence of boots.
	Freed float64 `yaml:"freed"`
}

// ringEntries is the size of a dirty ring.
const ringEntries = 4096

func (f Platform) validate(p Plan) error {
	faults := []error{
		f.Guest.Validate(), f.Accelerator.Validate(), share("dirty_ring", f.DirtyRing), share("freed", f.Freed),
		share("display", f.Display),
	}
	for _, b := range f.Boards {
		faults = append(faults, b.Validate())
	}
	if f.PaddingMiB < 0 || f.PaddingMiB > 1024 {
		faults = append(faults, fmt.Errorf("padding_mib is %d; give 0 to 1024", f.PaddingMiB))
	}
	if f.DirtyRing > 0 && f.Accelerator != lab.KVM {
		faults = append(faults, fmt.Errorf("dirty_ring is for the accelerator %s", lab.KVM))
	}
	if f.Guest == lab.BareMetal && len(p.VCPUs) > 0 && slices.Max(p.VCPUs) > 1 {
		faults = append(faults, errors.New("vcpus: the bare-metal guest has one"))
	}
	return errors.Join(faults...)
}

// share refuses what is none.
func share(name string, v float64) error {
	if v >= 0 && v <= 1 {
		return nil
	}
	return fmt.Errorf("%s is %g; give a share of 0 to 1", name, v)
}

const (
	dimBoard = iota
	dimRing
	dimFreed
	dimDisplay
	platformDims
)

// machine adds to m what the platform draws at a point of the unit cube.
func (f Platform) machine(m lab.Machine, u []float64) lab.Machine {
	if len(f.Boards) > 0 {
		m.Board = pick(f.Boards, u[dimBoard])
	}
	if u[dimRing] < f.DirtyRing {
		m.DirtyRing = ringEntries
	}
	m.Display = u[dimDisplay] < f.Display
	m.KeepFreed = f.Guest != lab.BareMetal && u[dimFreed] < f.Freed
	return m
}

// Config returns the lab that the plan's migrations are made in, c with the plan's platform.
func (f Platform) Config(c lab.Config) lab.Config {
	c.Guest, c.Accelerator, c.PaddingMiB = f.Guest, f.Accelerator, f.PaddingMiB
	return c
}
