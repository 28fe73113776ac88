package lab

import (
	"errors"
	"fmt"
)

// Machine describes the virtual hardware of a guest.
type Machine struct {
	MemoryMiB int
	VCPUs     int
	Board     Board
	DirtyRing int // entries of KVM's dirty ring, a power of two of 1024 or more; 0: dirtying is logged in a bitmap
	// Display gives the machine a display adapter. Its 16 MiB are memory of the guest's that is migrated, too, zeros as
	// long as nothing is drawn, and lie behind all other.
	Display bool
	// KeepFreed has the Linux guest's kernel leave freed memory as it was, as most do, and not clear it.
	KeepFreed bool
}

// Board is QEMU's machine type.
type Board string

// The boards; an empty one is Q35.
const (
	Q35 Board = "q35"
	PC  Board = "pc" // i440FX
)

// Validate returns an error if the board is none of the known ones.
func (b Board) Validate() error {
	switch b {
	case "", Q35, PC:
		return nil
	}
	return fmt.Errorf("board is %q; give %s or %s", string(b), Q35, PC)
}

func (m Machine) board() Board {
	if m.Board == "" {
		return Q35
	}
	return m.Board
}

// Sizes of memory in MiB between which a guest runs. Linux, its program and a workload fit into the least. The
// bare-metal guest sees what lies below the devices at the end of its 32-bit addresses: Q35 keeps 2 GiB for those once
// there is more than that.
const (
	leastLinuxMiB, leastBareMiB   = 256, 16
	mostBarePCMiB, mostBareQ35MiB = 3072, 2048
)

// MinMemoryMiB returns the memory of the smallest machine that the guest runs on.
func (g Guest) MinMemoryMiB() int {
	if g == BareMetal {
		return leastBareMiB
	}
	return leastLinuxMiB
}

// check returns an error that names why the guest cannot run on a machine.
func (c Config) check(m Machine) error {
	faults := []error{c.Guest.Validate(), c.Accelerator.Validate(), m.Board.Validate()}
	if least := c.Guest.MinMemoryMiB(); m.MemoryMiB < least {
		faults = append(faults, fmt.Errorf("memory is %d MiB; give the guest %d or more", m.MemoryMiB, least))
	}
	if m.DirtyRing > 0 && c.Accelerator != KVM {
		faults = append(faults, fmt.Errorf("a dirty ring is KVM's; take the accelerator %s", KVM))
	}
	if c.Guest == BareMetal {
		most := mostBarePCMiB
		if m.board() == Q35 {
			most = mostBareQ35MiB
		}
		if m.MemoryMiB > most || m.VCPUs != 1 || m.KeepFreed {
			faults = append(faults, fmt.Errorf("the bare-metal guest has one vCPU, at most %d MiB on this board and no "+
				"kernel: give it these", most))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("boot: %w", err)
	}
	return nil
}
