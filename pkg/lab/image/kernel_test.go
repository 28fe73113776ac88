package image

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// writeBzImage writes a file with a kernel's header, of a version or without one.
func writeBzImage(t *testing.T, path, version string) {
	t.Helper()
	image := make([]byte, 0x400)
	copy(image[0x202:], "HdrS")
	if version != "" {
		const at = 0x300
		binary.LittleEndian.PutUint16(image[0x20e:], at-0x200)
		copy(image[at:], version+" (builder@host) #1 SMP\x00")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestReadKernel(t *testing.T) {
	root := t.TempDir()
	modules := filepath.Join(root, "lib", "modules", "6.1.0-9-cloud")
	if err := os.MkdirAll(modules, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "boot", "vmlinuz-other")
	writeBzImage(t, path, "6.1.0-9-cloud")
	if k, err := FindKernel(path); err != nil || k != (Kernel{Path: path, Version: "6.1.0-9-cloud", Modules: modules}) {
		t.Errorf("got %+v, %v", k, err)
	}
	nameless := filepath.Join(root, "boot", "vmlinuz-6.1.0-9-cloud")
	writeBzImage(t, nameless, "")
	if k, err := FindKernel(nameless); err != nil || k.Version != "6.1.0-9-cloud" || k.Modules != modules {
		t.Errorf("got %+v, %v", k, err)
	}
}

func TestFindKernelRefuses(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "vmlinuz-1")
	if err := os.WriteFile(text, []byte("no kernel"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := FindKernel(text); err == nil || !strings.Contains(err.Error(), "no Linux kernel for x86") {
		t.Errorf("got %v", err)
	}
	for _, err := range []error{
		second(FindKernel(filepath.Join(dir, "absent"))),
		second(newestKernel(filepath.Join(dir, "nowhere"))),
		second(newestKernel(dir)),
	} {
		if err == nil || !strings.Contains(err.Error(), "apt install linux-image-cloud-amd64") || !strings.Contains(err.Error(), "--kernel FILE") {
			t.Errorf("%v does not say what to do", err)
		}
	}
}

// second is the error of two results.
func second(_ Kernel, err error) error { return err }

func TestNewestKernel(t *testing.T) {
	root := t.TempDir()
	boot := filepath.Join(root, "boot")
	for _, v := range []string{"6.1.0-9-cloud", "6.1.0-56-cloud", "6.12.0-1", "5.10.0-99"} {
		writeBzImage(t, filepath.Join(boot, "vmlinuz-"+v), v)
	}
	if k, err := newestKernel(boot); err != nil || k.Version != "6.12.0-1" {
		t.Errorf("without modules: got %+v, %v", k, err)
	}
	for _, v := range []string{"6.1.0-9-cloud", "6.1.0-56-cloud"} {
		if err := os.MkdirAll(filepath.Join(root, "lib", "modules", v), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if k, err := newestKernel(boot); err != nil || k.Version != "6.1.0-56-cloud" {
		t.Errorf("with modules: got %+v, %v", k, err)
	}
}

func TestCompareVersions(t *testing.T) {
	ascending := []string{"", "5.10", "5.10.0", "6.1.0-9", "6.1.0-9-cloud", "6.1.0-056", "6.1.0-56a", "6.12", "6.12-rc1", "a"}
	for i, a := range ascending {
		for j, b := range ascending {
			got, want := compareVersions(a, b), i-j
			if (got < 0) != (want < 0) || (got > 0) != (want > 0) {
				t.Errorf("%q against %q: got %d, want the sign of %d", a, b, got, want)
			}
		}
	}
	if compareVersions("6.01", "6.1") != 0 {
		t.Error("a leading zero counts")
	}
	shuffled := slices.Clone(ascending)
	slices.Reverse(shuffled)
	slices.SortFunc(shuffled, compareVersions)
	if !slices.Equal(shuffled, ascending) {
		t.Errorf("sorted as %q", shuffled)
	}
}

func FuzzKernelVersion(f *testing.F) {
	header := make([]byte, 0x210)
	copy(header[0x202:], "HdrS")
	header[0x20f] = 0xff
	f.Add(string(header))
	f.Fuzz(func(t *testing.T, image string) {
		version, err := kernelVersion(strings.NewReader(image))
		if err == nil && strings.ContainsAny(version, " \x00") {
			t.Errorf("the version is %q", version)
		}
		if dir := modulesOf("/nowhere/boot/vmlinuz", version); dir != "" && !strings.HasSuffix(dir, version) {
			t.Errorf("the modules of %q are in %s", version, dir)
		}
	})
}
