// Package precopy is the physics of one pre-copy live migration: pure,
// deterministic, without a clock.
//
// Pre-copy sends all resident memory while the guest runs, then what the guest
// dirtied meanwhile, round after round. With the dirty curve D(t), the distinct
// MiB a guest dirties within t seconds, round k+1 lasts
//
//	T[k+1] = D(T[k]) / round rate
//
// After each round the hypervisor learns exactly what is dirty and stops the
// guest once that fits the downtime limit at the rate it has seen. The pause is
// what is left over the line rate, plus a fixed overhead. A limit on the rounds'
// bandwidth slows the rounds and lowers the threshold, but not the pause.
//
// Because T falls or rises monotonically towards a fixed point, a migration that
// does not shrink never will, and Run says so instead of going on.
//
// The recursion is that of Nelson, Lim and Hutchins (USENIX ATC 2005) with the
// saturating dirty curve of the writable working set of Clark et al. (NSDI 2005);
// the throttling follows QEMU's migration/ram.c.
package precopy
