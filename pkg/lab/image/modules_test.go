package image

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// moduleELF is a kernel module as far as its section .modinfo goes.
func moduleELF(t *testing.T, info string) []byte {
	t.Helper()
	const names = "\x00.modinfo\x00.shstrtab\x00"
	headerSize, sectionSize := binary.Size(elf.Header64{}), binary.Size(elf.Section64{})
	header := elf.Header64{
		Type: uint16(elf.ET_REL), Machine: uint16(elf.EM_X86_64), Version: 1,
		Shoff: uint64(headerSize + len(info) + len(names)), Ehsize: uint16(headerSize),
		Shentsize: uint16(sectionSize), Shnum: 3, Shstrndx: 2,
	}
	copy(header.Ident[:], "\x7fELF\x02\x01\x01")
	var out bytes.Buffer
	for _, part := range []any{
		header, []byte(info), []byte(names), elf.Section64{},
		elf.Section64{Name: 1, Type: uint32(elf.SHT_PROGBITS), Off: uint64(headerSize), Size: uint64(len(info))},
		elf.Section64{Name: 10, Type: uint32(elf.SHT_STRTAB), Off: uint64(headerSize + len(info)), Size: uint64(len(names))},
	} {
		if err := binary.Write(&out, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// moduleFolder is a kernel with modules: file name to what each depends on.
func moduleFolder(t *testing.T, depends map[string]string, builtIn string) Kernel {
	t.Helper()
	dir := t.TempDir()
	for name, list := range depends {
		path := filepath.Join(dir, "kernel", "drivers", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, moduleELF(t, "license=GPL\x00depends="+list+"\x00name=x\x00"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "modules.builtin"), []byte(builtIn), 0o600); err != nil {
		t.Fatal(err)
	}
	return Kernel{Path: "vmlinuz", Version: "6.1", Modules: dir}
}

func TestVirtioModules(t *testing.T) {
	debian := map[string]string{
		"virtio/virtio.ko": "virtio-ring", "virtio/virtio_ring.ko": "", "virtio/virtio-pci.ko": "virtio_ring,virtio,virtio_pci_legacy_dev",
		"virtio/virtio_pci_legacy_dev.ko": "", "block/virtio_blk.ko": "virtio,virtio_ring", "net/virtio_net.ko": "net_failover",
	}
	for _, c := range []struct{ builtIn, want string }{
		{"", "virtio_ring virtio virtio_pci_legacy_dev virtio_pci virtio_blk"},
		{"kernel/drivers/virtio/virtio.ko\nkernel/drivers/virtio/virtio_ring.ko\n", "virtio_pci_legacy_dev virtio_pci virtio_blk"},
		{"kernel/drivers/virtio/virtio-pci.ko\nkernel/drivers/block/virtio_blk.ko\n", ""},
	} {
		found, err := virtioModules(moduleFolder(t, debian, c.builtIn))
		var names []string
		for _, m := range found {
			names = append(names, m.Name)
			if moduleName(m.Path) != m.Name {
				t.Errorf("%s is taken from %s", m.Name, m.Path)
			}
		}
		if got := strings.Join(names, " "); got != c.want || err != nil {
			t.Errorf("built in %q: got %q, %v, want %q", c.builtIn, got, err, c.want)
		}
	}
}

func TestVirtioModulesRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		k    Kernel
		want string
	}{
		{"no folder", Kernel{Path: "vmlinuz", Version: "6.1"}, "unpack the whole package"},
		{"no module", moduleFolder(t, nil, ""), "module virtio_pci is not there; install linux-image-cloud-amd64"},
		{"compressed", moduleFolder(t, map[string]string{"virtio_pci.ko.xz": ""}, ""), "virtio_pci.ko.xz is compressed"},
		{"no dependency", moduleFolder(t, map[string]string{"virtio_pci.ko": "gone"}, ""), "virtio_pci: module gone is not there"},
	} {
		if _, err := virtioModules(c.k); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
	k := moduleFolder(t, nil, "")
	if err := os.WriteFile(filepath.Join(k.Modules, "virtio_pci.ko"), []byte("no ELF"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := virtioModules(k); err == nil || !strings.Contains(err.Error(), "read module") {
		t.Errorf("got %v", err)
	}
}

func TestModulesInACircleEnd(t *testing.T) {
	k := moduleFolder(t, map[string]string{"virtio_pci.ko": "virtio_blk", "virtio_blk.ko": "virtio_pci"}, "")
	if found, err := virtioModules(k); len(found) != 2 || err != nil {
		t.Errorf("got %v, %v", found, err)
	}
}

func FuzzParseDependencies(f *testing.F) {
	f.Add([]byte("depends=virtio,virtio-ring\x00"))
	f.Fuzz(func(t *testing.T, info []byte) {
		for _, name := range parseDependencies(info) {
			if name == "" || strings.ContainsAny(name, ",-\x00") {
				t.Errorf("%q depends on %q", info, name)
			}
		}
	})
}

func TestParseDependencies(t *testing.T) {
	for info, want := range map[string][]string{
		"":                               nil,
		"depends=\x00":                   {},
		"xdepends=a\x00depends=b,c-d":    {"b", "c_d"},
		"name=a\x00depends=,b\x00vers=1": {"b"},
	} {
		if got := parseDependencies([]byte(info)); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", info, got, want)
		}
	}
}
