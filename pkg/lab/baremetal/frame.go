package baremetal

import (
	"encoding/binary"
	"errors"
	"io"
)

// A frame is an order or an answer.
type frame [16]uint32

// Its words; those behind the verb differ from verb to verb.
const (
	atMagic  = 0
	atNumber = 1
	atVerb   = 2
	atFlags  = 3 // of an order
	atSum    = len(frame{}) - 1

	magic      = 0x706d6d76 // "vmmp"
	frameBytes = 4 * len(frame{})
)

// The words of an answer.
const (
	atTicks = 3 + iota
	atHz
	atHotWritten
	atColdWritten
	atResult
	atHeld
	atClock // two words
)

// verbs of an order.
const (
	tell = iota
	set
	hash
)

// flags of a set.
const (
	fillFlag     = 1 << iota // fill what is held
	keepFlag                 // what was held before stays as it is
	repeatedFlag             // with RepeatedFile's content
)

// encode returns the bytes of a frame, its magic and its sum set.
func (f frame) encode() []byte {
	f[atMagic] = magic
	f[atSum] = f.sum()
	var b []byte
	for _, word := range f {
		b = binary.LittleEndian.AppendUint32(b, word)
	}
	return b
}

func (f *frame) sum() (sum uint32) {
	for _, word := range f[:atSum] {
		sum += word
	}
	return sum
}

var errSum = errors.New("a frame's sum is wrong")

// readFrame reads the next frame; bytes before it are skipped. It returns errSum for one that was garbled.
func readFrame(r io.Reader) (frame, error) {
	var f frame
	b := make([]byte, frameBytes)
	have := 0
	for have < 4 || binary.LittleEndian.Uint32(b) != magic {
		if have == 4 {
			have = copy(b, b[1:4])
		}
		if _, err := io.ReadFull(r, b[have:have+1]); err != nil {
			return f, err
		}
		have++
	}
	if _, err := io.ReadFull(r, b[4:]); err != nil {
		return f, err
	}
	for i := range f {
		f[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	if f[atSum] != f.sum() {
		return f, errSum
	}
	return f, nil
}
