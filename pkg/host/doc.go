// Package host takes a snapshot of the machine vmmp runs on: how busy its
// processors, memory, disks and network interfaces are. It is the only
// package that reads the operating system's counters.
//
// Load is a rate, so [Read] takes two samples and reports what happened
// between them. A [Sampler] is for those who ask again and again and do not
// wait: it reports what happened since they asked before. A [Watcher] serves many
// who ask at once. The reading of samples and the arithmetic on a pair of them are
// kept apart: the second is pure and decides every edge case, such as a counter
// that wrapped or a disk that was unplugged in between.
//
// What cannot be read is NaN, never 0: an idle disk and a machine without disk
// counters, as in many containers, are two different facts. Disks and
// interfaces are told apart from their stacked duplicates (partitions,
// loop and device-mapper disks, bridges, bonds, taps) by what Linux's sysfs
// says; elsewhere those fields are NaN.
package host
