// Package guest is what runs inside a guest of the lab, and how the lab talks to it. A guest has one program, vmmp as
// its init (see Run): it runs a Workload, writes a byte to a port every millisecond so that the host can see its
// pauses, and serves requests on its serial line, whose other end is a Line.
//
// A guest is throttled, paused and moved while it works. It keeps time by its own clock, never makes up for work that
// it missed, and dirties as little memory as it can beside what its workload says.
package guest

// Parameter is the kernel parameter that makes init a guest. The kernel hands it to init as environment.
const Parameter = parameterName + "=1"

const parameterName = "VMMP_LAB_GUEST"

// ModuleOrder is the file in the initramfs's folder modules that lists the others there as they must be loaded.
const ModuleOrder = "order"
