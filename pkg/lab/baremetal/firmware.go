package baremetal

import (
	_ "embed" // for the machine code
	"math/rand/v2"
)

//go:embed guest.bin
var code []byte

// romBytes is the least that QEMU takes as a ROM.
const romBytes = 64 << 10

// Firmware returns the ROM to be given to QEMU's -bios: the guest at its end, where a processor begins.
func Firmware() []byte {
	rom := make([]byte, romBytes)
	copy(rom[romBytes-len(code):], code)
	return rom
}

// The files of fw_cfg that the guest fills its memory with, by QEMU's names for them.
const (
	RandomFile   = "opt/vmmp/fill-0"
	RepeatedFile = "opt/vmmp/fill-1"
)

const pageBytes = 4 << 10

// The bytes of the two files. What is random repeats after so many, which must be further apart than compression looks
// back, even where many channels share them.
const randomBytes, repeatedBytes = 16 << 20, 1 << 20

// RandomFill returns what RandomFile must hold.
func RandomFill() []byte {
	fill := make([]byte, randomBytes)
	randomize(noise(), fill)
	return fill
}

// RepeatedFill returns what RepeatedFile must hold: pages of four equal quarters.
func RepeatedFill() []byte {
	fill := make([]byte, repeatedBytes)
	random := noise()
	for page := fill; len(page) > 0; page = page[pageBytes:] {
		const quarter = pageBytes / 4
		randomize(random, page[:quarter])
		for at := quarter; at < pageBytes; at += quarter {
			copy(page[at:at+quarter], page[:quarter])
		}
	}
	return fill
}

// noise returns a source of the same bytes each time: guests differ by their workloads alone.
func noise() *rand.ChaCha8 { return rand.NewChaCha8([32]byte{'v', 'm', 'm', 'p'}) }

func randomize(from *rand.ChaCha8, b []byte) {
	_, _ = from.Read(b) // never fails
}
