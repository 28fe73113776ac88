package lab

import (
	"testing"
	"time"
)

func TestParseHostTime(t *testing.T) {
	busy, all, err := parseHostTime([]byte("cpu  100 20 30 400 50 1 2 3 90 0\ncpu0 1 2 3\n"))
	if err != nil || busy != 1560*time.Millisecond || all != 6060*time.Millisecond {
		t.Errorf("busy %v of %v, %v", busy, all, err)
	}
	for _, text := range []string{"", "cpu 1 2 3", "cpu0 1 2 3 4 5 6 7 8 9", "cpu a b c d e f g h i"} {
		if _, _, err := parseHostTime([]byte(text)); err == nil {
			t.Errorf("read %q", text)
		}
	}
	if busy, all, err := hostTime(); err != nil || busy <= 0 || all < busy {
		t.Errorf("this machine: busy %v of %v, %v", busy, all, err)
	}
}

func FuzzProc(f *testing.F) {
	f.Add([]byte("cpu  100 20 30 400 50 1 2 3 90 0"))
	f.Fuzz(func(_ *testing.T, text []byte) {
		_, _, _ = parseHostTime(text)
	})
}
