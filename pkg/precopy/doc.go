// Package precopy is the physics of one pre-copy live migration: pure, deterministic, without a clock. Describe reads
// once what is known of a VM, at a Site or at one of which nothing is known, and the VM may then be asked any number
// of times; Run carries out any migration.
//
// Pre-copy sends all resident memory while the guest runs, then again what the guest has dirtied meanwhile. What
// decides the pause is when the hypervisor stops, and this package follows QEMU's rule (migration/migration.c and
// ram.c of 10.0):
//
//   - It keeps an estimate of what is still to be sent. At first that is all RAM, zero pages included, which cost
//     almost nothing to pass over.
//   - Every 51 ms (100 ms where max-bandwidth holds the rounds back), and when nothing is left, it compares the
//     estimate with bandwidth x downtime limit.
//   - The bandwidth is what was sent in the last window: the slices of 51 ms that made up 100 ms or more. Before the
//     first is over it is nothing, so that no guest is stopped in the first 100 ms, but for one that is sent by then.
//     After a run of zeros, for each of which nine bytes are sent, it is too low until the next window is over.
//   - Only when the estimate is below does it learn exactly what is dirty: it syncs the dirty bitmap, which adds
//     D(t), the distinct MiB that the guest has dirtied in the t seconds since the last sync, as far as they were not
//     still to be sent.
//   - If the rest is then still below, it stops the guest and sends it. If not, it goes on from where it was in RAM.
//
// So a cool guest with a generous limit is stopped in the first pass, with a little less left than the limit allows;
// and no round need be a pass over all that is dirty. A tail of RAM that holds zeros makes the estimate fall below
// the threshold in one step, so that little is left and the pause is short. What lies last is at least the memory of
// the guest's display, zeros if nobody looks at it.
//
// How much of D(t) was still to be sent decides whether the rounds shrink. A guest that writes one page after another
// dirties only what was sent, and converges nearly up to the bandwidth. One that writes the same hot set again and
// again dirties in a short round most of what it dirtied in the long one before: the rounds stop shrinking at the
// size of that set.
//
// The pause is what is left over the line rate, plus a fixed overhead. A limit on the rounds' bandwidth slows the
// rounds and lowers the threshold, but not the pause.
//
// Methods change some of that (Site.Configure): compression sends fewer bytes, as fast as processors allow, and makes
// the bandwidth look smaller to the rule; XBZRLE makes pages that were sent before cheaper; more streams carry more,
// and an encrypted one less; post-copy and a restart on the same host copy no memory during the pause; the state of
// devices that the guest owns lengthens it.
//
// The recursion goes back to Nelson, Lim and Hutchins (USENIX ATC 2005), the saturating dirty curve of the writable
// working set to Clark et al. (NSDI 2005), the shape of curves that were not measured to Nathan, Bellur and Kulkarni
// (SoCC 2015); the throttling follows QEMU's migration/ram.c.
package precopy
