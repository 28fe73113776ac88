package guest

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// testServer is a guest on this machine: its memory and threads are this process's.
func testServer(t *testing.T) *server {
	t.Helper()
	m, err := newMemory(64 * mib)
	if err != nil {
		t.Fatal(err)
	}
	g := &server{memory: m, disk: filepath.Join(t.TempDir(), "vda"), cpus: 1, console: t.Output()}
	t.Cleanup(g.stop)
	return g
}

// ask answers a request that must be taken.
func ask(t *testing.T, g *server, verb, arguments string) string {
	t.Helper()
	result, err := g.answer(verb, arguments)
	if err != nil {
		t.Fatalf("%s %s: %v", verb, arguments, err)
	}
	return result
}

func TestGuestKeepsMemoryWhileStopped(t *testing.T) {
	g := testServer(t)
	ask(t, g, "set", "cpu=0 resident=4 content=random dirty=200 ws=4 pattern=uniform disk=0")
	first := ask(t, g, "sum", "")
	if again := ask(t, g, "sum", ""); again != first {
		t.Errorf("the hash of stopped memory goes from %s to %s", first, again)
	}
	ask(t, g, "go", "")
	g.memory.region[5*pageBytes]++ // what a corrupted page would be
	ask(t, g, "stop", "")
	if after := ask(t, g, "sum", ""); after == first {
		t.Errorf("the hash of other memory is %s again", after)
	}
	s, err := parseStat(ask(t, g, "stat", ""))
	if err != nil || s.TotalMiB <= 0 || s.AvailableMiB <= 0 || s.UptimeS <= 0 {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestGuestRefuses(t *testing.T) {
	g := testServer(t)
	for _, c := range []struct{ verb, arguments, want string }{
		{"go", "", "no workload is set"},
		{"reboot", "", `unknown request "reboot"`},
		{"set", "cpu=9", "missing"},
		{"set", "cpu=0 resident=65 content=zero dirty=0 ws=0 pattern=uniform disk=0", "resident is 65 MiB"},
		{"set", "cpu=0 resident=1 content=zero dirty=0 ws=0 pattern=uniform disk=5", "open disk"},
	} {
		if _, err := g.answer(c.verb, c.arguments); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: got %v, want %q", c.verb, c.arguments, err, c.want)
		}
		if g.workers != nil {
			t.Errorf("%s %s is refused and runs", c.verb, c.arguments)
		}
	}
}

// TestGuestMemoryHoldsWhatIsAsked goes through settings and looks at each page: what is held is filled, what is not is
// zero again.
func TestGuestMemoryHoldsWhatIsAsked(t *testing.T) {
	m, err := newMemory(8 * mib)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		resident int
		content  Content
	}{{2, RandomContent}, {4, RandomContent}, {1, RandomContent}, {3, ZeroContent}, {2, ZeroContent}, {5, RandomContent}, {0, ZeroContent}} {
		if err := m.hold(c.resident, c.content); err != nil {
			t.Fatal(err)
		}
		for p := range len(m.region) / pageBytes {
			word := m.region[p*pageBytes+8]|m.region[p*pageBytes+9]|m.region[p*pageBytes+10]|m.region[p*pageBytes+11] != 0
			if want := p*pageBytes < c.resident*mib && c.content == RandomContent; word != want {
				t.Fatalf("%d MiB of %s: page %d is filled: %v", c.resident, c.content, p, word)
			}
		}
		m.region[m.held/2+16] = 0 // what a writer would leave
		if m.held > 0 {
			m.region[0] = 7
		}
	}
}

func TestDiskLoadReadsAndWrites(t *testing.T) {
	const chunks = 2
	path := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(path, bytes.Repeat([]byte("d"), chunks*diskChunk), 0o600); err != nil {
		t.Fatal(err)
	}
	var moved atomic.Uint64
	d, err := newDiskLoad(openPlain(t, path), 1000, &moved)
	if err != nil {
		t.Fatal(err)
	}
	threads := &workers{console: t.Output()}
	threads.run(d.run)
	for deadline := time.Now().Add(5 * time.Second); moved.Load() < 4*chunks*diskChunk && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	threads.end()
	if n := moved.Load(); n < 4*chunks*diskChunk || n%diskChunk != 0 {
		t.Errorf("%d bytes are moved", n)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(after, bytes.Repeat([]byte("d"), chunks*diskChunk)) {
		t.Errorf("what was read is not what was written: %d bytes, %v", len(after), err)
	}
}

func TestDiskLoadRefusesASmallDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(path, []byte("small"), 0o600); err != nil {
		t.Fatal(err)
	}
	fd := openPlain(t, path)
	defer unix.Close(fd) //nolint:errcheck // nothing was written
	if _, err := newDiskLoad(fd, 1, nil); err == nil || !strings.Contains(err.Error(), "less than one request") {
		t.Errorf("got %v", err)
	}
}

// openPlain opens a file through the page cache: not every file system that tests run on has direct I/O.
func openPlain(t *testing.T, path string) int {
	t.Helper()
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

func TestNextChunk(t *testing.T) {
	for _, c := range []struct{ at, size, want int64 }{
		{0, 4 * diskChunk, diskChunk},
		{3 * diskChunk, 4 * diskChunk, 0},
		{2 * diskChunk, 4*diskChunk - 1, 0},
		{0, diskChunk, 0},
	} {
		if got := nextChunk(c.at, c.size); got != c.want {
			t.Errorf("behind %d of %d: got %d, want %d", c.at, c.size, got, c.want)
		}
	}
}

func TestParseMemory(t *testing.T) {
	total, available, err := parseMemory("MemTotal:         222636 kB\nMemFree:          1 kB\nMemAvailable:     194816 kB\n")
	if total != 222636.0/1024 || available != 194816.0/1024 || err != nil {
		t.Errorf("got %v, %v, %v", total, available, err)
	}
	for _, table := range []string{"", "MemTotal: 5 kB\n", "MemTotal: 5 kB\nMemAvailable: x kB\n", "NoMemTotal: 5 kB\nMemAvailable: 1 kB\n"} {
		if _, _, err := parseMemory(table); err == nil {
			t.Errorf("%q is taken", table)
		}
	}
}

func TestInGuestIsFalseHere(t *testing.T) {
	t.Setenv(parameterName, "1")
	if os.Getpid() != 1 && Inside() {
		t.Error("a process with a parent is taken for init")
	}
}
