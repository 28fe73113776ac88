# The bare-metal guest: QEMU starts it as its firmware (-bios), so that it runs a few milliseconds after reset and needs
# neither a disk nor a kernel. It fills memory, writes pages at given rates, keeps its vCPU busy for a given share of the
# time and idles in hlt for the rest. It takes its orders from the first serial port (doc.go says how they look) and
# writes a byte to port 0xe9 every millisecond.
#
# It lives in flat 32-bit protected mode without paging, and never returns from an interrupt by iret: KVM without the
# processor's help (kvm-pvm) interprets what is not long mode, an instruction in about 0.7 us, and its interpreter knows
# iret in real mode only.
#
#	as --32 -o guest.o guest.S
#	ld -m elf_i386 -Ttext 0x8000 --oformat binary -o guest.bin guest.o

.set IMAGE,	0x8000			# where the code runs; it is linked for that
.set SIZE,	0x1000			# of guest.bin, which lies at the end of the ROM, below 4 GiB
.set ROM,	-SIZE			# = 0xfffff000
.set SEGMENT,	0x10000 - SIZE		# where it lies in the segment that a processor is reset to

.set IDT,	0x6000			# 256 gates, below them the stack
.set STACK,	0x6000
.set DIRECTORY,	0x4000			# of fw_cfg
.set DIRECTORY_BYTES, 4 + 31 * 64

.set TICK_PORT,	0xe9			# isa-debugcon
.set COM1,	0x3f8
.set BURST,	128			# pages between two looks at the clock
.set FRAME_BYTES, 64
.set MAGIC,	0x706d6d76		# "vmmp"

.set NOTHING,	0x3fff			# no item of fw_cfg: zeros are read
.set NOTHING_PAGES, 256			# at a time

	.code16
	.globl _start
_start:
reset:	cli
	inb	$0x92, %al		# A20 on, no reset
	orb	$2, %al
	andb	$0xfe, %al
	outb	%al, $0x92
	lgdtl	%cs:(gdt_rom - _start + SEGMENT)
	movl	%cr0, %eax
	andl	$0x9fffffff, %eax	# caches on
	orl	$1, %eax
	movl	%eax, %cr0
	ljmpl	$8, $(copy - _start + ROM)

	.code32
copy:	movw	$16, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movl	$ROM, %esi
	movl	$IMAGE, %edi
	movl	$(SIZE / 4), %ecx
	cld
	rep movsl
	movl	$main, %eax
	jmp	*%eax

main:	movl	$STACK, %esp
	movw	$(COM1 + 2), %dx	# FIFOs on and empty, before anything has come
	movb	$0xc7, %al		# and 14 bytes at a time, or QEMU hands over one
	outb	%al, %dx
	movw	$(COM1 + 4), %dx	# ready
	movb	$3, %al
	outb	%al, %dx
	call	interrupts
	call	calibrate
	call	contents
	rdtsc
	movl	%eax, last
	movl	%eax, ticked

# Each turn: how much time has passed, a tick, a look at the serial line, the pages that are due, the busy time.
turn:	rdtsc
	movl	%eax, %ebx
	subl	last, %ebx		# what passed since the last turn, in %ebx from here on
	movl	%eax, last
	cmpl	longest, %ebx		# a stopped guest makes up for nothing
	jbe	1f
	movl	longest, %ebx
1:	subl	ticked, %eax
	cmpl	tick, %eax
	jb	2f
	movl	last, %eax
	movl	%eax, ticked
	incl	ticks
	movb	ticks, %al
	movw	$TICK_PORT, %dx
	outb	%al, %dx
	testb	$3, %al
	jz	1f
	cmpl	$0, received		# more often once a frame has begun
	je	2f
1:	call	serial
2:	movl	$hot, %esi
	cmpl	$0, RATE(%esi)
	je	1f
	call	stream
1:	movl	$cold, %esi
	cmpl	$0, RATE(%esi)
	je	1f
	call	stream
1:	movl	hot + DUE, %eax
	orl	cold + DUE, %eax
	jnz	turn			# more is due than one burst
3:	rdtsc				# writing counts as busy
	subl	last, %eax
	cmpl	busy, %eax
	jb	3b
	sti
	hlt
	jmp	turn

# The one place where interrupts are let in is that hlt: the handler drops the frame and goes on behind it. The
# controller ends interrupts by itself.
timer:	movl	$STACK, %esp
	jmp	turn

# Anything else is a fault of this program: say so, for ever.
fault:	movb	$'!', %al
	movw	$TICK_PORT, %dx
	outb	%al, %dx
	cli
	hlt
	jmp	fault

# interrupts points all vectors to fault but that of the timer, which comes every millisecond.
interrupts:
	movl	$IDT, %edi
	movl	$256, %ecx
	movl	$fault, %eax
1:	movw	%ax, (%edi)
	movl	$0x8e000008, 2(%edi)	# interrupt gate of the code segment
	movw	$0, 6(%edi)
	addl	$8, %edi
	loop	1b
	movl	$timer, %eax
	movw	%ax, IDT + 0x20 * 8
	lidt	idt
	movl	$0x1ff, 0xfee000f0	# the local APIC on, and the old controllers let through it
	movl	$0x8700, 0xfee00350
	movl	$pic, %esi
1:	lodsb				# the port, 0 at the end
	movzbl	%al, %edx
	testl	%edx, %edx
	jz	2f
	lodsb
	outb	%al, %dx
	jmp	1b
2:	ret

# calibrate counts the processor's ticks in 20 ms of the interval timer's second channel. Of three counts the least is
# right: a guest that has to wait for its processor counts too many, and never too few.
.set COUNT_MS,	20
.set PIT_COUNT,	1193182 * COUNT_MS / 1000
calibrate:
	movl	$3, %ecx
	movl	$-1, %ebp		# the least so far
1:	inb	$0x61, %al		# gate off, no sound, gate on
	andb	$0xfc, %al
	outb	%al, $0x61
	movb	$0xb0, %al		# channel 2, both bytes, mode 0
	outb	%al, $0x43
	movb	$(PIT_COUNT & 0xff), %al
	outb	%al, $0x42
	movb	$(PIT_COUNT >> 8), %al
	outb	%al, $0x42
	inb	$0x61, %al
	orb	$1, %al
	outb	%al, $0x61
	rdtsc
	movl	%eax, %ebx
2:	inb	$0x61, %al
	testb	$0x20, %al		# the channel's output
	jz	2b
	rdtsc
	subl	%ebx, %eax
	cmpl	%ebp, %eax
	jae	3f
	movl	%eax, %ebp
3:	loop	1b
	movl	%ebp, %eax
	movl	%eax, longest		# 20 ms
	imull	$(1000 / COUNT_MS), %eax, %ecx
	movl	%ecx, hz
	xorl	%edx, %edx
	movl	$COUNT_MS, %ecx
	divl	%ecx
	movl	%eax, millisecond
	shrl	$2, %eax		# three quarters of it: a timer that is early has to count as one
	imull	$3, %eax
	movl	%eax, tick
	ret

# contents finds the two fw_cfg files that memory is filled with, by their names in fw_cfg's directory.
contents:
	movl	$0x0019000a, %eax	# select the directory, read
	movl	$DIRECTORY_BYTES, %ecx
	movl	$DIRECTORY, %edi
	call	dma
	movl	$(DIRECTORY + 4), %ebx
1:	movl	$(name_end - name), %ecx
	movl	$name, %esi
	leal	8(%ebx), %edi
	repe cmpsb
	jne	2f
	movzbl	(%edi), %eax		# the digit behind the name
	subl	$'0', %eax
	andl	$1, %eax
	movzwl	4(%ebx), %edx		# its number, big-endian
	xchgb	%dl, %dh
	movl	%edx, keys(, %eax, 4)
	movl	(%ebx), %edx		# its bytes, likewise
	bswapl	%edx
	shrl	$12, %edx
	movl	%edx, sizes(, %eax, 4)
2:	addl	$64, %ebx
	cmpl	$(DIRECTORY + DIRECTORY_BYTES), %ebx
	jb	1b
	ret

# dma has fw_cfg do what is in %eax with %ecx bytes at %edi; it is done when the port has been written.
dma:	pushl	%edx
	bswapl	%eax
	movl	%eax, access
	movl	%ecx, %eax
	bswapl	%eax
	movl	%eax, access + 4
	movl	%edi, %eax
	bswapl	%eax
	movl	%eax, access + 12
	movl	$access, %eax
	bswapl	%eax
	movw	$0x518, %dx
	outl	%eax, %dx
	popl	%edx
	ret

# serial takes what has come over the line. A frame begins with its magic, so that what is left of a broken one is
# skipped.
serial:	movw	$(COM1 + 5), %dx
	inb	%dx, %al
	testb	$1, %al
	jz	1f
	movw	$COM1, %dx
	inb	%dx, %al
	movl	received, %ecx
	movb	%al, frame(%ecx)
	incl	%ecx
	movl	%ecx, received
	cmpl	$4, %ecx
	jne	2f
	cmpl	$MAGIC, frame
	je	serial
	shrl	$8, frame		# drop the first byte
	decl	received
	jmp	serial
2:	cmpl	$FRAME_BYTES, %ecx
	jb	serial
	movl	$0, received
	pushl	%ebx
	call	obey
	popl	%ebx
	jmp	serial
1:	ret

# obey does what a frame says and answers it. What is no whole frame has no answer.
obey:	cmpl	$MAGIC, frame
	jne	1f
	call	checksum
	cmpl	%eax, frame + FRAME_BYTES - 4
	jne	1f
	movl	frame + 8, %eax
	movl	$0, result
	testl	%eax, %eax
	jz	2f			# tell
	cmpl	$2, %eax
	je	3f
	call	set
	jmp	2f
3:	call	sum
2:	movl	ticks, %eax		# the answer, over the frame from its third word on
	movl	%eax, frame + 12
	movl	hz, %eax
	movl	%eax, frame + 16
	movl	hot + WRITTEN, %eax
	movl	%eax, frame + 20
	movl	cold + WRITTEN, %eax
	movl	%eax, frame + 24
	movl	result, %eax
	movl	%eax, frame + 28
	movl	run, %eax		# pages held
	imull	stretches, %eax
	movl	%eax, frame + 32
	rdtsc
	movl	%eax, frame + 36
	movl	%edx, frame + 40
	call	checksum
	movl	%eax, frame + FRAME_BYTES - 4
	movl	$frame, %esi
	movl	$FRAME_BYTES, %ecx
4:	movw	$(COM1 + 5), %dx
5:	inb	%dx, %al
	testb	$0x20, %al		# room to send
	jz	5b
	movw	$COM1, %dx
	lodsb
	outb	%al, %dx
	loop	4b
1:	ret

# checksum returns in %eax the sum of all words of the frame but the last.
checksum:
	xorl	%eax, %eax
	movl	$(FRAME_BYTES / 4 - 1), %ecx
1:	addl	frame - 4(, %ecx, 4), %eax
	loop	1b
	ret

# set clears what was filled before, but if told to keep it, fills memory and starts the writers. Its order lies in the
# frame.
set:	testl	$2, frame + 12		# keep what is there
	jnz	1f
	movl	$filled, %esi
	movl	$order, %edi
	movl	$4, %ecx
	rep movsl
	movl	$NOTHING, %eax
	movl	$NOTHING_PAGES, %edx
	call	fill
	movl	$(frame + 16), %esi
	movl	$filled, %edi
	movl	$4, %ecx
	rep movsl
1:	movl	$(frame + 16), %esi
	movl	$order, %edi
	movl	$(ORDER_BYTES / 4), %ecx
	rep movsl
	movl	$hot, %edi
	movl	frame + 32, %eax	# pages of the hot set, and rate
	movl	frame + 36, %edx
	xorl	%ecx, %ecx
	call	start
	movl	frame + 32, %ecx
	movl	$cold, %edi
	movl	frame + 40, %eax
	movl	frame + 44, %edx
	call	start
	movl	frame + 52, %eax	# share of the time, in 1/65536
	mull	millisecond
	shrdl	$16, %edx, %eax
	movl	%eax, busy
	movl	frame + 12, %eax
	testl	$1, %eax		# fill
	jz	2f
	shrl	$2, %eax
	andl	$1, %eax		# with which content
	movl	sizes(, %eax, 4), %edx
	movl	keys(, %eax, 4), %eax
	testl	%edx, %edx
	jz	3f
	call	fill
2:	ret
3:	movl	$1, result
	ret

# start sets the writer at %edi to %eax pages from the %ecx-th of the filled ones on, %edx of them a second.
start:	movl	%ecx, FIRST(%edi)
	movl	%eax, PAGES(%edi)
	movl	%edx, RATE(%edi)
	xorl	%eax, %eax
	movl	%eax, REST(%edi)
	movl	%eax, DUE(%edi)
	movl	%eax, CURSOR(%edi)
	movl	%eax, WRITTEN(%edi)
	ret

# fill reads the fw_cfg item %eax, which has %edx pages, into all pages of the order, again and again.
fill:	movl	%edx, item_pages
	shll	$16, %eax
	orl	$0xa, %eax		# select, read
	movl	%eax, item
	movl	stretches, %ebp
	movl	base, %edi
	shll	$12, %edi
	jmp	4f
1:	movl	run, %ebx
	pushl	%edi
	jmp	3f
2:	movl	%ebx, %ecx
	cmpl	item_pages, %ecx
	jbe	5f
	movl	item_pages, %ecx
5:	subl	%ecx, %ebx
	shll	$12, %ecx
	movl	item, %eax
	call	dma
	addl	%ecx, %edi
3:	testl	%ebx, %ebx
	jnz	2b
	popl	%edi
	movl	stride, %eax
	shll	$12, %eax
	addl	%eax, %edi
	decl	%ebp
4:	testl	%ebp, %ebp
	jnz	1b
	ret

# sum stops the writers and hashes two words of each page from 1 MiB to the end that the order names.
sum:	movl	$0, hot + RATE
	movl	$0, cold + RATE
	movl	$0, hot + DUE
	movl	$0, cold + DUE
	xorl	%eax, %eax
	movl	$0x100, %esi
1:	movl	%esi, %edi
	shll	$12, %edi
	roll	$5, %eax
	xorl	(%edi), %eax
	addl	2048(%edi), %eax
	incl	%esi
	cmpl	frame + 12, %esi
	jb	1b
	movl	%eax, result
	ret

# stream adds to the writer at %esi what is due after %ebx ticks of the processor, at most 31 ms of it, and writes a
# burst of that.
stream:	movl	RATE(%esi), %eax
	movl	%eax, %ecx
	mull	%ebx
	addl	REST(%esi), %eax
	adcl	$0, %edx
	divl	hz
	movl	%edx, REST(%esi)
	addl	DUE(%esi), %eax
	shrl	$5, %ecx
	incl	%ecx
	cmpl	%ecx, %eax
	jbe	1f
	movl	%ecx, %eax
1:	movl	%eax, %ebp
	cmpl	$BURST, %ebp
	jbe	2f
	movl	$BURST, %ebp
2:	subl	%ebp, %eax
	movl	%eax, DUE(%esi)
	addl	%ebp, WRITTEN(%esi)
	incl	stamp			# no page ever gets the word that it holds
	testl	%ebp, %ebp
	jz	3f
	cmpl	$0, uniform
	jne	scatter
# sequence writes %ebp pages, one after the other.
sequence:
	movl	CURSOR(%esi), %eax
	cmpl	PAGES(%esi), %eax
	jb	1f
	xorl	%eax, %eax
	movl	%eax, CURSOR(%esi)
1:	movl	PAGES(%esi), %ecx
	subl	%eax, %ecx
	cmpl	%ebp, %ecx
	jbe	2f
	movl	%ebp, %ecx
2:	call	place
	movl	run, %eax		# not past the end of a stretch
	subl	%edx, %eax
	cmpl	%eax, %ecx
	jbe	4f
	movl	%eax, %ecx
4:	addl	%ecx, CURSOR(%esi)
	subl	%ecx, %ebp
	movl	stamp, %eax
	cmpl	$1, changed
	jne	6f
5:	movl	%eax, (%edi)
	addl	$4096, %edi
	loop	5b
	jmp	7f
6:	call	rewrite
	loop	6b
7:	testl	%ebp, %ebp
	jnz	sequence
3:	ret

# scatter writes %ebp pages anywhere in the set. The high bits of a multiplicative generator choose (L'Ecuyer 1999, its
# multiplier for 2^32).
scatter:
	movl	seed, %eax
	cmpl	$1, stretches		# of one piece, and a word of each page: nothing to look up
	jne	2f
	cmpl	$1, changed
	jne	2f
	pushl	%ebx
	pushl	%esi
	movl	PAGES(%esi), %ecx
	movl	base, %edi
	addl	FIRST(%esi), %edi
	movl	stamp, %esi
	movl	%eax, %ebx
1:	imull	$747796405, %ebx, %ebx
	movl	%ebx, %eax
	mull	%ecx
	addl	%edi, %edx
	shll	$12, %edx
	movl	%esi, (%edx)
	decl	%ebp
	jnz	1b
	movl	%ebx, seed
	popl	%esi
	popl	%ebx
	ret
2:	imull	$747796405, seed, %eax
	movl	%eax, seed
	mull	PAGES(%esi)
	movl	%edx, %eax
	call	place
	movl	stamp, %eax
	call	rewrite
	decl	%ebp
	jnz	2b
	ret

# rewrite changes the first words of the page at %edi to %eax, and moves on to the next one.
rewrite:
	pushl	%ecx
	leal	4096(%edi), %edx
	movl	changed, %ecx
	rep stosl
	movl	%edx, %edi
	popl	%ecx
	ret

# place returns in %edi the address of the set's page %eax, and in %edx how far it lies in its stretch.
place:	addl	FIRST(%esi), %eax
	xorl	%edx, %edx
	divl	run
	imull	stride, %eax
	addl	%edx, %eax
	addl	base, %eax
	shll	$12, %eax
	movl	%eax, %edi
	ret

	.align	8
gdt:	.quad	0
	.quad	0x00cf9b000000ffff	# code, marked accessed: in the ROM nobody can mark it
	.quad	0x00cf93000000ffff	# data
gdt_rom: .word	gdt_rom - gdt - 1
	.long	gdt - _start + ROM
idt:	.word	256 * 8 - 1
	.long	IDT

# Port and value. The controllers: vectors from 0x20 on, no end of interrupt needed, only the timer let in. The timer:
# every 1193 of its 1193182 counts a second.
pic:	.byte	0x20, 0x11, 0xa0, 0x11, 0x21, 0x20, 0xa1, 0x28, 0x21, 4, 0xa1, 2, 0x21, 3, 0xa1, 3
	.byte	0x21, 0xfe, 0xa1, 0xff
	.byte	0x43, 0x34, 0x40, 1193 & 0xff, 0x40, 1193 >> 8
	.byte	0

name:	.ascii	"opt/vmmp/fill-"
name_end:

	.align	4
hz:	.long	0			# of the processor
millisecond: .long 0			# in its ticks, as the next three are
tick:	.long	0
longest: .long	0
busy:	.long	0
last:	.long	0			# when the last turn began
ticked:	.long	0			# when the last tick was sent
ticks:	.long	0
stamp:	.long	1
seed:	.long	1
keys:	.long	0, 0			# of the contents in fw_cfg
sizes:	.long	0, 0			# pages of them
item:	.long	0
item_pages: .long 0
result:	.long	0
received: .long	0			# bytes of the frame
access:	.long	0, 0, 0, 0		# fw_cfg's, big-endian

# The order, as it lies in a frame: memory is filled in stretches of a run of pages each, a stride apart.
order:
base:	.long	0
run:	.long	1
stride:	.long	0
stretches: .long 0
	.long	0, 0, 0, 0		# the writers' sets
uniform: .long	0
	.long	0			# busy share
changed: .long	1			# words of each page
.set ORDER_BYTES, . - order

filled:	.long	0, 1, 0, 0		# the memory part of the last order that did not keep what was there

# The two writers.
.set FIRST,	0
.set PAGES,	4
.set RATE,	8			# a second
.set REST,	12			# of the last division
.set DUE,	16
.set CURSOR,	20
.set WRITTEN,	24
hot:	.fill	7, 4, 0
cold:	.fill	7, 4, 0

frame:	.fill	FRAME_BYTES, 1, 0

	.org	SIZE - 16
	.code16
	jmp	reset			# where a processor begins
	.org	SIZE
