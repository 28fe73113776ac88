package lab

import (
	"os"
	"testing"
	"time"
)

func TestParseProcessTime(t *testing.T) {
	for name, test := range map[string]struct {
		stat string
		want time.Duration
		ok   bool
	}{
		"as proc(5) says":     {"17 (qemu) S 1 17 17 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 1 0 1 1 1", 3 * time.Second, true},
		"a name of all kinds": {"17 (a) b (c) S 1 17 17 0 -1 4194560 1 0 0 0 1 0 0 0 20", 10 * time.Millisecond, true},
		"cut short":           {"17 (qemu) S 1 17", 0, false},
		"empty":               {"", 0, false},
		"no number":           {"17 (q) S 1 17 17 0 -1 4194560 1 0 0 0 x 50 0 0 20", 0, false},
	} {
		got, err := parseProcessTime([]byte(test.stat))
		if got != test.want || (err == nil) != test.ok {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := processTime(os.Getpid()); err != nil {
		t.Error(err)
	}
}

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
	f.Add([]byte("17 (q) S 1 17 17 0 -1 4194560 1 0 0 0 250 50 0"))
	f.Add([]byte("cpu  100 20 30 400 50 1 2 3 90 0"))
	f.Fuzz(func(_ *testing.T, text []byte) {
		_, _ = parseProcessTime(text)
		_, _, _ = parseHostTime(text)
	})
}
