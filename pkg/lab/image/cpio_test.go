package image

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
)

// TestCPIOBytes holds the archive against the bytes that the form demands, written down by hand from the kernel's
// buffer-format.rst.
func TestCPIOBytes(t *testing.T) {
	var out bytes.Buffer
	c := &cpioWriter{w: &out}
	for _, err := range []error{
		c.directory("dev"),
		c.character("dev/console", 5, 1),
		c.file("init", 0o755, 5, strings.NewReader("hello, not this")),
		c.close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	//        magic inode   mode    uid     gid     links   time    size    dev maj min     node maj min    name    check
	want := "070701" + "00000001" + "000041ED" + "00000000" + "00000000" + "00000002" + "00000000" + "00000000" +
		"00000000" + "00000000" + "00000000" + "00000000" + "00000004" + "00000000" + "dev\x00" + "\x00\x00" +
		"070701" + "00000002" + "00002180" + "00000000" + "00000000" + "00000001" + "00000000" + "00000000" +
		"00000000" + "00000000" + "00000005" + "00000001" + "0000000C" + "00000000" + "dev/console\x00" + "\x00\x00" +
		"070701" + "00000003" + "000081ED" + "00000000" + "00000000" + "00000001" + "00000000" + "00000005" +
		"00000000" + "00000000" + "00000000" + "00000000" + "00000005" + "00000000" + "init\x00" + "\x00" + "hello\x00\x00\x00" +
		"070701" + "00000004" + "00000000" + "00000000" + "00000000" + "00000001" + "00000000" + "00000000" +
		"00000000" + "00000000" + "00000000" + "00000000" + "0000000B" + "00000000" + "TRAILER!!!\x00" + "\x00\x00\x00"
	if got := out.String(); got != want {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
}

// archived is one entry of an archive, as readArchive understands it.
type archived struct {
	name    string
	mode    uint64
	content string
}

// readArchive reads an archive by the form's rules and none of the writer's code.
func readArchive(archive []byte) ([]archived, error) {
	var all []archived
	for at := 0; ; {
		if at%4 != 0 || len(archive) < at+110 || string(archive[at:at+6]) != "070701" {
			return all, fmt.Errorf("no header at %d", at)
		}
		field := func(i int) int {
			v, _ := strconv.ParseUint(string(archive[at+6+8*i:at+14+8*i]), 16, 32)
			return int(v)
		}
		mode, size, nameSize := field(1), field(6), field(11)
		name := string(archive[at+110 : at+110+nameSize-1])
		if name == "TRAILER!!!" {
			return all, nil
		}
		content := (at + 110 + nameSize + 3) &^ 3
		all = append(all, archived{name, uint64(mode), string(archive[content : content+size])})
		at = (content + size + 3) &^ 3
	}
}

func TestCPIOAlignsEveryLength(t *testing.T) {
	for n := range 9 {
		var out bytes.Buffer
		c := &cpioWriter{w: &out}
		name, content := strings.Repeat("n", n+1), strings.Repeat("c", n)
		for range 2 {
			if err := c.file(name, 0o644, int64(n), strings.NewReader(content)); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.close(); err != nil {
			t.Fatal(err)
		}
		all, err := readArchive(out.Bytes())
		want := archived{name, 0o100644, content}
		if err != nil || len(all) != 2 || all[0] != want || all[1] != want {
			t.Errorf("length %d: got %v, %v", n, all, err)
		}
	}
}

func TestCPIORefuses(t *testing.T) {
	c := &cpioWriter{w: io.Discard}
	if err := c.file("short", 0o644, 4, strings.NewReader("abc")); !errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "short ends after 3 of 4 bytes") {
		t.Errorf("got %v", err)
	}
	if err := c.file("long", 0o644, 1<<32, strings.NewReader("")); err == nil || !strings.Contains(err.Error(), "4 GiB") {
		t.Errorf("got %v", err)
	}
	r, w := io.Pipe()
	_ = r.Close()
	if err := (&cpioWriter{w: w}).directory("dev"); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}
