// Package printout reads what the tools and platforms of the trade print about migrations, once somebody has saved it
// to a file: `virsh domjobinfo` and `virsh domstats`, QEMU's monitor (query-migrate and its neighbours as JSON, info
// migrate as text), a text exposition of Prometheus, and the task logs of Proxmox.
//
//	format, ok := printout.Recognise(text)
//	reports, err := printout.Read(text, format, time.Local)
//
// A [Report] is what a file tells of one VM: the features as any source tells them, how the migration went, and what
// came of it once it was over.
//
// # What is read, and what is not
//
//   - Units are those that stand in the file: pages/s with the page size beside them, KiB, MiB/s, bytes per second.
//     Where a tool prints a bare number, its unit is the one that the tool's source gives it.
//   - What a file does not tell is unknown. So is what tools print before they know it, such as a dirty rate of 0, and
//     what they print of a completed migration although it was true only while that ran: its dirty rate and throughput.
//   - The downtime of a migration that runs is what the hypervisor expects. It stands in the sample, never in an
//     outcome.
//   - The resident memory is told only where every page was sent about once, so that the pages found to hold zeros were
//     not counted in several rounds.
//   - What is cut off, of another language or no migration at all is refused in one line that says what to do. Of
//     several migrations in a file the others are read.
package printout
