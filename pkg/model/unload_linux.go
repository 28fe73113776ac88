package model

import (
	"os"
	"syscall"
	"unsafe"
)

// unload gives the memory back that holds b, which is part of the program's file: the kernel reads it again should
// anybody ask. Pages that b shares with its neighbours stay.
func unload(b []byte) {
	page := uintptr(os.Getpagesize())
	before := -uintptr(unsafe.Pointer(unsafe.SliceData(b))) & (page - 1)
	if size := uintptr(len(b)); size >= before+page {
		whole := b[before : before+(size-before)&^(page-1)]
		_ = syscall.Madvise(whole, syscall.MADV_DONTNEED) // refused, it costs memory and no answer
	}
}
