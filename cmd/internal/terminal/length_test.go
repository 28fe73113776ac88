package terminal

import "testing"

func TestCut(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"short", "short"},
		{"exactly so", "exactly so"},
		{"longer than ten", "longer tha\x1b[0m"},
		{"\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"},
		{"\x1b[31mred and longer\x1b[0m", "\x1b[31mred and lo\x1b[0m"},
		{"▁▂▃▄▅▆▇█▁▂▃", "▁▂▃▄▅▆▇█▁▂\x1b[0m"},
	} {
		if got := Cut(c.line, 10); got != c.want {
			t.Errorf("Cut(%q) = %q, want %q", c.line, got, c.want)
		}
	}
}
