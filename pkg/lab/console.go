package lab

import (
	"strings"
	"sync"
)

// tailBytes is how much of what a QEMU and its guest print is kept.
const tailBytes = 8 << 10

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer; it never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - tailBytes; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(p), nil
}

// lastLines returns the last lines that say something, on one line.
func (t *tail) lastLines() string {
	const lines = 6
	t.mu.Lock()
	defer t.mu.Unlock()
	var kept []string
	for line := range strings.Lines(string(t.text)) {
		if line = strings.TrimSpace(strings.ToValidUTF8(line, "?")); line != "" {
			kept = append(kept, line)
		}
	}
	if len(kept) == 0 {
		return "it printed nothing"
	}
	return strings.Join(kept[max(0, len(kept)-lines):], " | ")
}
