package lab

import (
	"fmt"
	"os"
	"strconv"
)

// Accelerator is what runs a guest's instructions.
type Accelerator string

// The accelerators; an empty one is TCG.
const (
	TCG Accelerator = "tcg" // emulation: it works everywhere, nested or not
	KVM Accelerator = "kvm"
)

// Validate returns an error if the accelerator is none of the known ones.
func (a Accelerator) Validate() error {
	switch a {
	case "", TCG, KVM:
		return nil
	}
	return fmt.Errorf("accelerator is %q; give %s or %s", string(a), TCG, KVM)
}

// kvmDevice is what KVM is asked through.
const kvmDevice = "/dev/kvm"

// check returns an error if this machine does not offer the accelerator.
func (a Accelerator) check() error {
	if a != KVM {
		return a.Validate()
	}
	device, err := os.OpenFile(kvmDevice, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("find KVM: %w; load its module, join the group kvm, or take the accelerator %s", err, TCG)
	}
	return device.Close()
}

// arguments returns QEMU's. The processor is all that the accelerator can offer; but ARCH_CAPABILITIES is a register
// that KVM refuses where it has no help from the processor.
func (a Accelerator) arguments(m Machine) []string {
	if a != KVM {
		return []string{"-accel", "tcg,thread=multi,tb-size=200", "-cpu", "max"}
	}
	kvm := "kvm"
	if m.DirtyRing > 0 {
		kvm += ",dirty-ring-size=" + strconv.Itoa(m.DirtyRing)
	}
	return []string{"-accel", kvm, "-cpu", "host,-arch-capabilities"}
}
