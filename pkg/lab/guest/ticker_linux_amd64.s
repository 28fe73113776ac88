#include "textflag.h"

#define SYS_read 0
#define SYS_clone 56
#define SYS_exit 60

// func startTicker(flags, stack uintptr, timer int, port uint16, ticks *uint64) (thread int)
//
// The new thread begins behind the system call with the registers of this one. It
// needs a stack only as the place that the timer's count is read to.
TEXT ·startTicker(SB), NOSPLIT, $0-48
	MOVQ timer+16(FP), R12
	MOVWLZX port+24(FP), R13
	MOVQ ticks+32(FP), R14
	MOVQ flags+0(FP), DI
	MOVQ stack+8(FP), SI
	XORL DX, DX
	XORL R10, R10
	XORL R8, R8
	MOVL $SYS_clone, AX
	SYSCALL
	TESTQ AX, AX
	JEQ child
	MOVQ AX, thread+40(FP)
	RET

child:
	LEAQ -16(SI), BX

tick:
	MOVQ R12, DI
	MOVQ BX, SI
	MOVL $8, DX
	MOVL $SYS_read, AX
	SYSCALL
	CMPQ AX, $8
	JNE done
	MOVL $1, AX
	LOCK
	XADDQ AX, 0(R14)
	INCL AX
	MOVL R13, DX
	OUTB
	JMP tick

done:
	XORL DI, DI
	MOVL $SYS_exit, AX
	SYSCALL
	JMP done
