//go:build integration && linux

package libvirt

import (
	"os"
	"path/filepath"
	"testing"
)

// The guests are ROMs of 64 KiB, which QEMU starts in place of a firmware. Where a processor begins is 16 bytes before
// the end.
const romBytes, resetBytes = 64 << 10, 16

// idleGuest halts.
var idleGuest = rom(nil, []byte{
	0xfa,       // cli
	0xf4,       // hlt
	0xeb, 0xfd, // jmp -3
})

// dirtyMiB is the memory that writingGuest writes to, page by page.
const dirtyMiB = 16

// writingGuest goes from real to flat protected mode and writes a word to each page from 2 MiB to 18 MiB, again and
// again.
var writingGuest = rom([]byte{
	// at 0xfff00:
	0xfa,                                     // cli
	0x2e, 0x66, 0x0f, 0x01, 0x16, 0x50, 0xff, // lgdtl %cs:0xff50
	0x0f, 0x20, 0xc0, // mov %cr0, %eax
	0x0c, 0x01, // or $1, %al
	0x0f, 0x22, 0xc0, // mov %eax, %cr0
	0x66, 0xea, 0x18, 0xff, 0x0f, 0x00, 0x08, 0x00, // ljmpl $8, $0xfff18
	0xb8, 0x10, 0x00, 0x00, 0x00, // mov $16, %eax
	0x8e, 0xd8, // mov %eax, %ds
	0x42,                         // pass: inc %edx
	0xbe, 0x00, 0x00, 0x20, 0x00, // mov $0x200000, %esi
	0x89, 0x16, // page: mov %edx, (%esi)
	0x81, 0xc6, 0x00, 0x10, 0x00, 0x00, // add $4096, %esi
	0x81, 0xfe, 0x00, 0x00, 0x20, 0x01, // cmp $0x1200000, %esi
	0x72, 0xf0, // jb page
	0xeb, 0xe8, // jmp pass
	0, 0, 0, 0, 0, 0, 0, 0, 0,
	// at 0xfff40, segments: none, all code, all data, marked as used, since a ROM keeps no mark
	0xff, 0xff, 0x00, 0x00, 0x00, 0x9b, 0xcf, 0x00,
	0xff, 0xff, 0x00, 0x00, 0x00, 0x93, 0xcf, 0x00,
	0x17, 0x00, 0x38, 0xff, 0x0f, 0x00, // at 0xfff50: 24 bytes at 0xfff38
}, []byte{0xea, 0x00, 0xff, 0x00, 0xf0}) // ljmp $0xf000, $0xff00

// rom returns a ROM with code 256 bytes before its end, and what the processor begins with.
func rom(code, reset []byte) []byte {
	const codeBytes = 256
	image := make([]byte, romBytes)
	copy(image[romBytes-codeBytes:], code)
	copy(image[romBytes-resetBytes:], reset)
	return image
}

// writeROM writes a ROM to where any user may read it.
func writeROM(t *testing.T, name string, image []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, image, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
