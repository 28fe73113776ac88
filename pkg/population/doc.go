// Package population draws plausible migrations: virtual machines as an operator would describe them, the sites
// where they run, and what the physics of package precopy, with the noise of real migrations around it, makes of
// them.
//
// Two populations exist. Fleet spans what is operated: 0.5 GiB to 1 TiB, 100 Mbps to 100 Gbps, from idle to hotter
// than the link, at sites that differ as real ones do. Demo is that of the Python demo that vmmp succeeds: one class
// of VM, of which four features decide.
//
// Row i depends on the seed and i alone, so that a larger population begins with the smaller one. Every row of Fleet
// is of another guest at another site.
//
// Every figure below is a measured fact, rounded to what is known of it, or says that it is an assumption; none was
// fitted to single rows. The facts are those of
//
//   - 14,832 migrations of one KVM site (Jo, Cho and Egger, SoCC 2017), called the KVM table;
//   - the dirty curves of 53 workloads (Nathan, Bellur and Kulkarni, SoCC 2015);
//   - single published cases of KVM, and KubeVirt's VEP 246;
//   - vmmp's own emulated lab (testdata/migrations) and another driver of the same emulator.
//
// # Sites
//
//   - The fixed part of the pause was 7 ms in the lab, 11 to 16 ms at KVM sites and 26 ms at the other driver:
//     lognormal around 14 ms with sigma 0.45, so that 7 and 26 are about the 6th and the 92nd percentile. From run
//     to run it differs by a fifth, an assumption.
//   - The bandwidth. TCP/IP over Ethernet leaves 94.1 % of a nominal link with frames of 1500 bytes and 99 % with
//     those of 9000, and all of a bandwidth that was measured as payload. The KVM table's links carried 941 of 1000
//     Mbps to within a per cent. How many sites are which, and that one in ten is slowed down by busy processors to
//     60 to 100 %, as the lab was, are assumptions.
//   - One stream carries about 20 Gbps and an encrypted one about 5 on links of 25 to 100 Gbps; the spread, sigma
//     0.35, is an assumption.
//   - Zeros are passed over at 25,000 MiB/s by two published KVM hosts, and at about 13,000 in the KVM table, whose
//     hosts were older: lognormal around 20,000 with sigma 0.4.
//   - What lies last in RAM is the memory of the display, 16 MiB by QEMU's default, of which nobody looks at most:
//     seven sites in ten. A fifth have none, and few another size: assumptions.
//   - Resident memory is that of the whole process at a third of the sites (libvirt's rss), 60 MiB too much within
//     a factor of two; 77 MiB were seen.
//   - Known dirtiers of KVM dirtied 1.02 times as fast during the move as before: within 5 % of once at four sites
//     in five. KubeVirt's VEP 246 saw 2 to 3 times a sample of one second: at the fifth site it is anything from 1
//     to 3.
//   - What the hypervisor believes of its bandwidth is right within 4 %: of KVM's pauses in plain pre-copy hardly
//     any left more than the threshold, the 95th percentile was 0.96 of it at two hosts and 0.98 at one.
//   - The stop phase is slower or faster than the rounds by a sigma of 1 to 30 %, another at every site. Repeated
//     settings differ from their median by 4 % in the lab, by about 10 % in published repeats; what was left over
//     the line rate explains 93 % of the median pause on 1 GbE.
//   - Post-copy paused the KVM table's guests for 2 ms in the median and 11 at the 95th percentile: lognormal
//     around 3 ms with sigma 0.7. What a restart on the same host takes is an assumption.
//   - Compressed by QEMU's threads half the bytes were sent there; how well memory can be compressed is drawn
//     evenly from 30 to 100 %. XBZRLE saved a seventh of all that was sent: a page sent again takes 20 to 100 % of
//     its time.
//
// # Guests
//
//   - Dirty curves have the shapes of the 53 workloads: deciles of D(1 s) / D(0.1 s) from 1.27 to 5.64 and of the
//     working set over D(1 s) from 2.4 to 34. A hot set, rewritten every 40 ms (an assumption, below the shortest
//     window measured), and pages written at random make such a curve.
//   - Some guests have no hot set, but write evenly over their working set, as those that copy or scan do. How many
//     of a class do is set so that guests on 1 GbE with a limit of 300 ms converge as often as in the KVM table,
//     where at a dirty rate of 0.3 to 0.4, 0.5 to 0.6, 0.7 to 0.8 and 0.9 to 1 of the bandwidth 100, 76 to 80, 64
//     and 24 to 30 % did.
//   - How busy a guest is differs from one second to the next by a factor of 1.5, an assumption that belongs to
//     these shares.
//   - CPU time tells little of dirtying: at a KVM site all of 393 guests that computed without pause converged. So
//     there is a class that computes and dirties hardly anything. A guest of four times the RAM dirties twice as
//     fast, an assumption.
//   - Where the zeros of a guest's memory lie within RAM is anybody's guess, and drawn evenly; data lies last but
//     for the display, since no KVM migration is known that ended in a run of zeros. One guest in twenty has booted
//     shortly before, and has at its end what a Linux leaves there of its initramfs: 43 MiB in the lab, drawn
//     around 40.
//   - A measurement of dirtying is off by 8 % on the whole, and its windows differ by 3 %: assumptions.
//   - Sizes, classes, links, settings, timeouts and the shares of methods are assumptions, made to span what is
//     operated.
//
// # Runs
//
//   - From run to run a guest dirties 4 % more or less and the link carries 1 %: assumptions within what repeats
//     leave.
//   - Stalls are rare: one run in seventy, some hundred ms (an assumption within "rare"; they rule R2 in ms).
//
// # What Like assumes
//
// [Like] migrates a VM of which something is known. It takes the VM for one of the fleet: of several that are
// drawn, the one nearest to what is known brings everything else, its site too, and then is made to agree with what
// is known to the digit.
//
//   - A dirty rate, a working set or a dirty curve is a measurement: the truth lies around it as Fleet's
//     measurements lie around theirs, and the guest dirties faster during the migration where its site's do. Before
//     the first point of a curve it has the shape of the guest drawn, beyond the last it goes on as migration.Curve
//     says. Without any, the dirtying is that of a guest as busy and as large.
//   - A link, a cap, a downtime limit or auto-converge that is not known is the operator's to set, and is drawn; a
//     timeout that is not known does not exist, and a method that is not known is a plain pre-copy.
//   - The site and the run have Fleet's noise. One run in two hundred fails at some time of it, which Fleet's do
//     not: a model is to learn of those that do not.
//
// What happens to real VMs like it may differ by as much as the fleet does from the real world.
package population
