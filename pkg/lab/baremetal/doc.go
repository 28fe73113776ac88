// Package baremetal is the lab's second guest: a few hundred instructions that QEMU starts as its firmware, in flat
// 32-bit protected mode. It runs a few milliseconds after reset, and where KVM has no help from the processor (kvm-pvm)
// and a stock kernel does not boot. It fills memory where it is told to, writes pages at the rates it is told, keeps
// its one vCPU busy for a share of the time and idles in hlt for the rest, and writes a byte to a port every
// millisecond, so that the host sees its pauses.
//
// guest.S is its source and guest.bin what Debian's binutils make of it: go generate. A test holds the one to the
// other.
//
// A Line gives it its orders over a serial port, again and again while it runs. Orders and answers are frames of 16
// little-endian words of 32 bits, of which the last is the sum of the others:
//
//	word  order                                  answer
//	0     0x706d6d76                             the same
//	1     number                                 the same
//	2     0: tell, 1: set, 2: hash the memory    the same
//	3     set: 1 fill + 2 keep + 4 content       bytes written to the port
//	      hash: pages of RAM
//	4     first page of what is held             ticks of the processor in a second
//	5     pages of a stretch of it               pages that the hot writer wrote
//	6     pages from one stretch to the next     pages that the cold writer wrote
//	7     stretches                              the hash; 1: fw_cfg has no such content
//	8     hot set: its pages                     pages held
//	9     pages of it to write a second          ticks of the processor since boot, low word
//	10    cold set behind it: its pages          their high word
//	11    pages of it to write a second
//	12    0: one page after the other, 1: any
//	13    busy share of the time, in 1/65536
//	14    words of a page that a write changes
//
// What memory is filled with it reads from two files of fw_cfg.
package baremetal

//go:generate as --32 -o guest.o guest.S
//go:generate ld -m elf_i386 -Ttext 0x8000 --oformat binary -o guest.bin guest.o
//go:generate rm guest.o
