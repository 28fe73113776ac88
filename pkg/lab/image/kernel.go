package image

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vmmp/pkg/lab/guest"
)

// KernelParameters is the command line of the lab's guests: panic with -no-reboot ends QEMU when init ends; the rest
// saves an emulated guest time at boot. clearcpuid hides the CPU's fast string instructions (ERMS, FSRM and REP_GOOD,
// as numbered in the kernel's cpufeatures.h): an emulator runs them a byte at a time, and clearing 2 GiB of memory
// takes 9 s with them and 3 s without.
const KernelParameters = "console=ttyS1 quiet panic=-1 " + guest.Parameter + " rdinit=/init " +
	"mitigations=off nokaslr random.trust_cpu=on no_timer_check tsc=reliable cryptomgr.notests clearcpuid=297,580,112"

// ClearFreed is the kernel parameter that gives freed memory back as zeros; see the guest's memory.
const ClearFreed = "init_on_free=1"

// Kernel is a Linux to boot guests with.
type Kernel struct {
	Path    string // of the bzImage
	Version string // as uname -r says, "6.1.0-56-cloud-amd64"
	Modules string // the folder of its modules, empty where there is none
}

// errNoKernel says how to come by a kernel.
var errNoKernel = errors.New("install one with 'apt install linux-image-cloud-amd64', or name one with --kernel FILE")

// FindKernel returns the kernel at a path or, with none given, the newest of /boot that can be read, those whose
// modules are there before others. The modules are looked for beside the kernel first, so that a package unpacked
// anywhere with dpkg -x will do: DIR/boot/vmlinuz-VERSION and DIR/lib/modules/VERSION. The error says what to install.
func FindKernel(path string) (Kernel, error) {
	if path != "" {
		return readKernel(path)
	}
	return newestKernel("/boot")
}

// newestKernel returns the best kernel of a folder.
func newestKernel(boot string) (Kernel, error) {
	paths, err := filepath.Glob(filepath.Join(boot, "vmlinuz-*"))
	if err != nil {
		return Kernel{}, fmt.Errorf("find a kernel: %w", err)
	}
	var found []Kernel
	var faults []error
	for _, path := range paths {
		k, err := readKernel(path)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		found = append(found, k)
	}
	if len(found) == 0 {
		return Kernel{}, fmt.Errorf("find a kernel in %s: %w", boot, errors.Join(append(faults, errNoKernel)...))
	}
	return slices.MaxFunc(found, compareKernels), nil
}

// compareKernels orders by presence of modules, then by version.
func compareKernels(a, b Kernel) int {
	if (a.Modules == "") != (b.Modules == "") {
		if a.Modules == "" {
			return -1
		}
		return 1
	}
	return compareVersions(a.Version, b.Version)
}

// compareVersions orders versions with their runs of digits taken as numbers.
func compareVersions(a, b string) int {
	for a != "" && b != "" {
		na, nb := digits(a), digits(b)
		if na == 0 || nb == 0 {
			if a[0] != b[0] {
				return int(a[0]) - int(b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		x, y := strings.TrimLeft(a[:na], "0"), strings.TrimLeft(b[:nb], "0")
		if len(x) != len(y) {
			return len(x) - len(y)
		}
		if c := strings.Compare(x, y); c != 0 {
			return c
		}
		a, b = a[na:], b[nb:]
	}
	return len(a) - len(b)
}

// digits returns how many digits a text begins with.
func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }

// readKernel reads what a kernel says of itself.
func readKernel(path string) (Kernel, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrPermission) {
		return Kernel{}, fmt.Errorf("read kernel: %w; copy it to where you may read it and name it with --kernel FILE",
			err)
	}
	if err != nil {
		return Kernel{}, fmt.Errorf("read kernel: %w; %w", err, errNoKernel)
	}
	defer f.Close() //nolint:errcheck // it is only read
	version, err := kernelVersion(f)
	if err != nil {
		return Kernel{}, fmt.Errorf("read kernel %s: %w", path, err)
	}
	if version == "" {
		version = strings.TrimPrefix(filepath.Base(path), "vmlinuz-")
	}
	return Kernel{Path: path, Version: version, Modules: modulesOf(path, version)}, nil
}

// kernelVersion reads the version out of a bzImage, empty where it does not hold one (Documentation/arch/x86/boot.rst:
// the magic number at 0x202, and at 0x20e the place of the version's text, counted from 0x200).
func kernelVersion(f io.ReaderAt) (string, error) {
	const magicAt, placeAt, base, longest = 0x202, 0x20e, 0x200, 256
	var setup [placeAt + 2]byte
	if _, err := f.ReadAt(setup[:], 0); err != nil || string(setup[magicAt:magicAt+4]) != "HdrS" {
		return "", errors.New("it is no Linux kernel for x86 (bzImage); take a vmlinuz-* of your distribution")
	}
	place := binary.LittleEndian.Uint16(setup[placeAt:])
	if place == 0 {
		return "", nil
	}
	var text [longest]byte
	n, err := f.ReadAt(text[:], base+int64(place))
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	whole, _, _ := bytes.Cut(text[:n], []byte{0})
	version, _, _ := strings.Cut(string(whole), " ")
	return version, nil
}

// modulesOf returns the folder of a kernel's modules, empty where there is none.
func modulesOf(path, version string) string {
	if version == "" || strings.ContainsAny(version, "/\\") {
		return ""
	}
	for _, root := range []string{filepath.Join(filepath.Dir(path), ".."), "/"} {
		dir := filepath.Join(root, "lib", "modules", version)
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
	}
	return ""
}
