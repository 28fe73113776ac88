// Package population draws plausible migrations: virtual machines as an operator
// would describe them, and what the physics of package precopy, with the noise of
// real migrations around it, makes of them.
//
// Two populations exist. Fleet spans what is operated: 0.5 GiB to 1 TiB, 100 Mbps
// to 100 Gbps, from idle to hotter than the link. Demo is that of the Python demo
// that vmmp succeeds: one class of VM, of which four features decide.
//
// Row i depends on the seed and i alone, so that a larger population begins with
// the smaller one.
//
// # What the noise of Fleet is set from
//
// Every figure is a measured fact, or says that it is an assumption; none was
// chosen by looking at a model's score.
//
//   - The dirty rate during a migration is 2 to 3 times the sample taken before it
//     (KubeVirt VEP 246): a speedup, lognormal, with 2 and 3 as 10th and 90th percentile.
//
//   - Repeated settings differ by about 10 % in the median, and so does the pause
//     from what was left at the stop over the line rate: the run's own noise is
//     nearly all in the stop phase.
//
//   - The limit is soft: with a limit of 300 ms one pause in ten took longer than
//     417 ms (QEMU 8.1 on 1 GbE): the spread of the hypervisors' bandwidth estimates.
//
//   - What is left at the stop over the line rate explains a median 93 % of the
//     pause; the rest is a fixed overhead. Device state takes 10 to 20 ms, depending
//     on the host: that is its spread.
//
//   - Stalls are rare: one run in seventy, some hundred ms (an assumption within
//     "rare"; they rule R2 in ms).
//
//   - Where the zeros of a guest's memory lie is anybody's guess, and drawn evenly.
//
// Sizes, links, workloads and timeouts are assumptions, made to span what is
// operated; workload.go and fleet.go give them.
//
// # What Like assumes
//
// [Like] migrates a VM of which something is known. It takes the VM for one of the
// fleet: of several that are drawn, the one nearest to what is known brings
// everything else, and then is made to agree with what is known to the digit.
//
//   - A dirty rate, a working set or a dirty curve is a measurement: the truth lies
//     around it as Fleet's measurements lie around theirs, and the guest dirties
//     faster during the migration by Fleet's speedup. Beyond the last point of a curve
//     it goes on as migration.Curve says. Without any, the dirtying is that of a
//     guest as busy and as large.
//   - A link, a cap, a downtime limit or auto-converge that is not known is the
//     operator's to set, and is drawn; a timeout that is not known does not exist.
//   - The hosts and the run have Fleet's noise. One run in two hundred fails at some
//     time of it, which Fleet's do not: a model is to learn of those that do not.
//
// What happens to real VMs like it may differ by as much as the fleet does from
// the real world.
package population
