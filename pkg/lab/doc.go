// Package lab makes real live migrations on any Linux machine with QEMU: two local QEMU processes, a guest that does
// what it is told, and a link between them that vmmp shapes, or loopback as it is. The destination of one migration is
// the source of the next, so that a guest is booted once and moved many times.
//
// There are two guests. One is a Linux whose only program is vmmp itself: it is emulated, since that works everywhere.
// The other has no kernel (package baremetal) and runs on KVM even where the processor does not help it.
//
// Nothing of the lab but the key of a migration over TLS has a name in the file system: kernel, initramfs and firmware
// reach QEMU as open files, sockets are abstract ones, and the kernel ends a QEMU whose driver has died. A lab needs no
// root and no network namespace.
//
// Three pauses are measured of each migration, which must not be confused:
//
//   - QEMU's own downtime, which the source computes and which begins and ends
//     inside its migration thread;
//   - the gap between the STOP event of the source and the RESUME event of the
//     destination, by the clock of the one host both run on. It is what a record
//     calls downtime_ms: it is what a hypervisor's user can observe anywhere
//     events are logged, and it holds the destination's part, which QEMU's own
//     figure leaves out;
//   - the pause seen from outside the guest, between two ticks that the guest
//     writes to a port every millisecond and the host timestamps. The guest's own
//     clock stops with the guest, so that nothing inside can see it.
package lab
