package host

import (
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
}

func TestParseSchedstat(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"1234567 89 10\n": 1234567, "0 0 0\n": 0, "": 0, "12": 0, "x 1 2": 0, "-5 1 2": 0, "99999999999999999999 1 2": 0,
	} {
		if got, err := parseSchedstat([]byte(text)); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func FuzzProcessTime(f *testing.F) {
	f.Add([]byte("17 (q) S 1 17 17 0 -1 4194560 1 0 0 0 250 50 0"))
	f.Add([]byte("1234567 89 10\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, _ = parseProcessTime(text)
		if spent, err := parseSchedstat(text); err == nil && spent <= 0 {
			t.Errorf("%q is %v", text, spent)
		}
	})
}
