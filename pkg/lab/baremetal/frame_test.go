package baremetal

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"
)

func TestFramesAreReadAsTheyWereWritten(t *testing.T) {
	f := frame{atNumber: 7, atVerb: set, atFlags: fillFlag | keepFlag, 4: 512, 14: 1}
	b := f.encode()
	if len(b) != 64 || string(b[:4]) != "vmmp" || b[4] != 7 || b[17] != 2 {
		t.Errorf("encoded as % x", b)
	}
	got, err := readFrame(iotest.OneByteReader(bytes.NewReader(b)))
	f[atMagic], f[atSum] = magic, got.sum()
	if err != nil || got != f {
		t.Errorf("read %v, %v, want %v", got, err, f)
	}
}

func TestWhatIsNoFrameIsSkipped(t *testing.T) {
	whole := frame{atNumber: 3}.encode()
	for name, before := range map[string][]byte{
		"noise":               []byte("console output"),
		"the magic's start":   []byte("vmvmmvmm"),
		"half a frame's tail": whole[30:],
		"nothing":             nil,
	} {
		got, err := readFrame(bytes.NewReader(slices.Concat(before, whole)))
		if err != nil || got[atNumber] != 3 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	garbled := slices.Clone(whole)
	garbled[20] ^= 1
	if _, err := readFrame(bytes.NewReader(garbled)); !errors.Is(err, errSum) {
		t.Errorf("a garbled frame: %v", err)
	}
	for _, short := range [][]byte{whole[:63], whole[:3]} {
		if _, err := readFrame(bytes.NewReader(short)); !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			t.Errorf("%d bytes of a frame: %v", len(short), err)
		}
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add(frame{atNumber: 1, atVerb: hash}.encode())
	f.Add([]byte("vmmpvmmp"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := readFrame(bytes.NewReader(text))
		if err == nil && !bytes.Contains(text, got.encode()) {
			t.Errorf("%v was read from % x", got, text)
		}
	})
}
