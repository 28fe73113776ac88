package image

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// programELF writes a program for a machine with one segment of a kind.
func programELF(t *testing.T, machine elf.Machine, segment elf.ProgType) string {
	t.Helper()
	headerSize := binary.Size(elf.Header64{})
	header := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(machine), Version: 1, Ehsize: uint16(headerSize),
		Phoff: uint64(headerSize), Phentsize: uint16(binary.Size(elf.Prog64{})), Phnum: 1,
	}
	copy(header.Ident[:], "\x7fELF\x02\x01\x01")
	var out bytes.Buffer
	for _, part := range []any{header, elf.Prog64{Type: uint32(segment)}} {
		if err := binary.Write(&out, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWriteInitramfs(t *testing.T) {
	exe := programELF(t, elf.EM_X86_64, elf.PT_LOAD)
	program, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	ring := filepath.Join(t.TempDir(), "virtio-ring.ko")
	if err := os.WriteFile(ring, []byte("ring"), 0o600); err != nil {
		t.Fatal(err)
	}
	bare := []archived{
		{"dev", 0o040755, ""}, {"proc", 0o040755, ""}, {"sys", 0o040755, ""}, {"modules", 0o040755, ""},
		{"dev/console", 0o020600, ""}, {"init", 0o100755, string(program)},
	}
	full := slices.Concat(bare, []archived{
		{"modules/virtio_ring.ko", 0o100644, "ring"}, {"modules/virtio.ko", 0o100644, "ring"},
		{"modules/order", 0o100644, "virtio_ring.ko\nvirtio.ko\n"},
	})
	for _, c := range []struct {
		modules []module
		want    []archived
	}{{nil, bare}, {[]module{{"virtio_ring", ring}, {"virtio", ring}}, full}} {
		var out bytes.Buffer
		if err := writeInitramfs(&out, exe, c.modules, 0); err != nil {
			t.Fatal(err)
		}
		got, err := readArchive(out.Bytes())
		if err != nil || len(got) != len(c.want) {
			t.Fatalf("got %v, %v", got, err)
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("entry %d: got %+v, want %+v", i, got[i], c.want[i])
			}
		}
	}
}

func TestPaddingMakesTheInitramfsLarger(t *testing.T) {
	exe := programELF(t, elf.EM_X86_64, elf.PT_LOAD)
	var plain, padded, again bytes.Buffer
	for out, mib := range map[*bytes.Buffer]int{&plain: 0, &padded: 2, &again: 2} {
		if err := writeInitramfs(out, exe, nil, mib); err != nil {
			t.Fatal(err)
		}
	}
	if more := padded.Len() - plain.Len(); more < 2<<20 || more > 2<<20+512 || !bytes.Equal(padded.Bytes(), again.Bytes()) {
		t.Errorf("2 MiB of padding add %d bytes, the same each time: %t", more, bytes.Equal(padded.Bytes(), again.Bytes()))
	}
	entries, err := readArchive(padded.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if last := entries[len(entries)-1]; last.name != "padding" || len(last.content) != 2<<20 {
		t.Errorf("the last entry is %s of %d bytes", last.name, len(last.content))
	}
}

func TestWriteInitramfsRefuses(t *testing.T) {
	static := programELF(t, elf.EM_X86_64, elf.PT_LOAD)
	text := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(text, []byte("#!/bin/sh"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		exe     string
		modules []module
		want    string
	}{
		{programELF(t, elf.EM_X86_64, elf.PT_INTERP), nil, "CGO_ENABLED=0 go build"},
		{programELF(t, elf.EM_AARCH64, elf.PT_LOAD), nil, "GOARCH=amd64"},
		{text, nil, "use script as the guest's init"},
		{filepath.Join(t.TempDir(), "absent"), nil, "no such file"},
		{static, []module{{"virtio", "/absent/virtio.ko"}}, "no such file"},
	} {
		if err := writeInitramfs(io.Discard, c.exe, c.modules, 0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.exe, err, c.want)
		}
	}
	if err := writeInitramfs(refusing{}, static, nil, 1); !errors.Is(err, errRefused) {
		t.Errorf("got %v", err)
	}
}

// refusing is a writer that takes nothing.
type refusing struct{}

var errRefused = errors.New("refused")

func (refusing) Write([]byte) (int, error) { return 0, errRefused }
