// Package stress loads this machine in measured amounts: processors, memory,
// syncs and disks, named as stress-ng names them.
//
// A [Load] says what to do, and [Load.Check] everything that the machine has no room for. [Start] begins it. Each
// worker does its work in small steps and is held to a pace: after every step it is asked how much it has really done,
// by the kernel's account of its thread's processor time or by the pages it has written, and gets no more than is due
// by then. What it missed while others had the processor it makes up for, but only a tenth of a second of it: a machine
// that was stopped for a minute is not punished for it.
//
// The dirty rate is vmmp's: distinct memory dirtied within one second. A worker walks over its working set in order,
// page by page, so that none is written twice within a second unless all of them are.
//
// Nothing outlives the load. Memory is mapped for it and unmapped; files have no name,
// so that not even a process that is killed leaves one behind.
package stress
