// Package qemu is a source of one VM: a QEMU that is asked by its own monitor (QMP), as Proxmox, Incus and plain QEMU
// offer it on a socket.
//
//	s, err := qemu.Open(ctx, "/run/web.qmp")
//
// An address is the path of a unix socket, @ and the name of an abstract one, or HOST:PORT; unix: and tcp: before it
// say which. QEMU opens a monitor with -qmp unix:/run/web.qmp,server=on,wait=off.
//
// # One client at a time
//
// A monitor serves one client, and leaves others waiting for its greeting without a word. So a connection is made when
// something is asked, shared by all that ask at once, and given back when the last has its answer: whoever owns the VM
// can use the monitor in between. Only Watch keeps it; give QEMU a second monitor for that. One that libvirt started is
// held by libvirt for as long as it runs: ask libvirt.
//
// Nothing is set, not even the capability events, by which QEMU tells what its migration does. Without it a QEMU
// that is watched is asked every ten seconds, and every 20 ms from the moment at which it tells that its guest has
// stopped. One that is killed sooner after the end of its migration than that leaves the outcome unknown, and Watch
// says so.
//
// # What is told
//
// Of a QEMU on this machine, reached by a unix socket, the kernel tells more than QEMU does: CPU time of the vCPUs and
// RAM that is held, where this user may read them. Over TCP both are unknown, and memory in use is known only where the
// guest's balloon driver reports it: set guest-stats-polling-interval of the balloon. Without such a report memory in
// use is the share of RAM that is held, as it is for a process id.
//
// Downtime limit, cap and methods are those that this QEMU would migrate with now. What manages it may set others just
// before it migrates: Proxmox and libvirt do. A max-bandwidth of 0 and one beyond a terabit a second, the ways to write
// unlimited, are no cap: bandwidth_cap is unknown then. QEMU's default of 128 MiB/s does bind a plain migrate, and is
// told; a note says that it is the default. What is off is told as off; where postcopy-ram is on, whether and when
// post-copy begins is up to who migrates, and the method is unknown.
//
// What a guest dirties is measured by KVM's log of every page (dirty-bitmap) where there is one, else by comparing a
// sample of the pages, and never while the VM is being migrated: that would disturb it. Before QEMU 8.2 a window has
// whole seconds.
//
// # Downtime
//
// The downtime of a record is QEMU's own: from when its migration thread stops the guest to when it has sent the
// rest. What a user of the VM misses is longer. The gap between the source's STOP and the destination's RESUME,
// which vmmp predicts, holds the destination's part, too: 31 ms more in the median of 180 measured migrations, and
// it depends on the hosts. One monitor sees one end only, so that the record says what QEMU said, uncorrected, and
// has the source qemu. Of a guest that was stopped to force the switch-over (virsh migrate --timeout, or a stop by
// hand) QEMU counts only what followed: that record is forced and its downtime is unknown.
package qemu
