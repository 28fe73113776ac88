package simulate

import (
	"testing"
)

// A fleet is the same for the same seed, and none of those that models learn of.
func TestFleetVMs(t *testing.T) {
	short, long := fleetVMs(3, 5), fleetVMs(3, 9)
	for i, vm := range short {
		if vm.Name != long[i].Name || !vm.Features.Equal(long[i].Features) {
			t.Errorf("VM %d is %s in the shorter fleet, %s in the longer", i, vm.Name, long[i].Name)
		}
		if faults := vm.Features.Validate(); len(faults) > 0 {
			t.Errorf("VM %d: %v", i, faults)
		}
	}
	if other := fleetVMs(4, 1)[0]; other.Name == short[0].Name {
		t.Error("another seed gives the same VM")
	}
}
