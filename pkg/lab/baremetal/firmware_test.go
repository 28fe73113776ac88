package baremetal

import (
	"bytes"
	"testing"
)

// A processor begins 16 bytes below the end of the ROM, in 16-bit code.
func TestTheFirmwareEndsInAJumpToItsStart(t *testing.T) {
	rom := Firmware()
	if len(rom) != 64<<10 {
		t.Fatalf("the ROM has %d bytes", len(rom))
	}
	const jump = 0xe9
	reset := rom[len(rom)-16:]
	start := uint16(len(rom)-16+3) + uint16(reset[1]) + uint16(reset[2])<<8
	if reset[0] != jump || int(start) != len(rom)-len(code) {
		t.Errorf("it begins with % x, at %#x of %#x", reset[:3], start, len(rom)-len(code))
	}
}

func TestFills(t *testing.T) {
	random, repeated := RandomFill(), RepeatedFill()
	if len(random) != randomBytes || len(repeated) != repeatedBytes || !bytes.Equal(random, RandomFill()) {
		t.Errorf("%d and %d bytes", len(random), len(repeated))
	}
	seen := map[string]bool{}
	for at := 0; at < repeatedBytes; at += pageBytes {
		if seen[string(repeated[at:at+pageBytes])] {
			t.Fatalf("the page at %d is there twice", at)
		}
		seen[string(repeated[at:at+pageBytes])] = true
		page := repeated[at : at+pageBytes]
		quarter := page[:pageBytes/4]
		if !bytes.Equal(page, bytes.Repeat(quarter, 4)) || bytes.Count(quarter, []byte{quarter[0]}) > 64 {
			t.Fatalf("the page at %d is not four times the same quarter of noise", at)
		}
		if bytes.Count(random[at:at+pageBytes], []byte{0}) > 64 {
			t.Fatalf("the page at %d of the random fill is not random", at)
		}
	}
}
