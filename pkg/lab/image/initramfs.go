package image

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"vmmp/pkg/lab/guest"
)

// Initramfs packs a guest's whole file system, which stays in the guest's memory: exe, which must be a static program
// for amd64 and is this executable if empty, as /init, and the modules of its kernel. It returns an open file in
// memory that has no name. So many MiB of padding make it larger: random bytes that nobody reads. The error says which
// part is missing and how to come by it.
func Initramfs(exe string, k Kernel, paddingMiB int) (f *os.File, err error) {
	if exe == "" {
		if exe, err = os.Executable(); err != nil {
			return nil, fmt.Errorf("find this executable: %w", err)
		}
	}
	modules, err := virtioModules(k)
	if err != nil {
		return nil, err
	}
	if f, err = MemoryFile("initramfs"); err != nil {
		return nil, err
	}
	if err := writeInitramfs(f, exe, modules, paddingMiB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// writeInitramfs writes exe as /init, and the modules in /modules.
func writeInitramfs(w io.Writer, exe string, modules []module, paddingMiB int) error {
	if err := checkStatic(exe); err != nil {
		return err
	}
	c := &cpioWriter{w: w}
	for _, name := range []string{"dev", "proc", "sys", "modules"} {
		if err := c.directory(name); err != nil {
			return err
		}
	}
	// The console of init before it mounts anything: without it, it would be mute.
	if err := c.character("dev/console", 5, 1); err != nil {
		return err
	}
	if err := addFile(c, "init", 0o755, exe); err != nil {
		return err
	}
	if err := errors.Join(addModules(c, modules), addPadding(c, paddingMiB)); err != nil {
		return err
	}
	return c.close()
}

// addModules adds the modules and their order; without any, nothing.
func addModules(c *cpioWriter, modules []module) error {
	var order strings.Builder
	for _, m := range modules {
		name := m.Name + ".ko"
		if err := addFile(c, "modules/"+name, 0o644, m.Path); err != nil {
			return err
		}
		order.WriteString(name + "\n")
	}
	if len(modules) == 0 {
		return nil
	}
	return c.file("modules/"+guest.ModuleOrder, 0o644, int64(order.Len()), strings.NewReader(order.String()))
}

// addPadding adds a file of random bytes, the same each time; without any, nothing.
func addPadding(c *cpioWriter, mib int) error {
	if mib == 0 {
		return nil
	}
	size := int64(mib) << 20
	return c.file("padding", 0o400, size, io.LimitReader(rand.NewChaCha8([32]byte{}), size))
}

// addFile adds a copy of a file of this machine.
func addFile(c *cpioWriter, name string, permissions uint32, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("write initramfs: %w", err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("write initramfs: %w", err)
	}
	return c.file(name, permissions, info.Size(), f)
}

// checkStatic refuses a program that the guest could not start: there is no loader and no library in it.
func checkStatic(exe string) error {
	f, err := elf.Open(exe)
	if err != nil {
		return fmt.Errorf("use %s as the guest's init: %w", filepath.Base(exe), err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	if f.Machine != elf.EM_X86_64 || f.Class != elf.ELFCLASS64 {
		return fmt.Errorf("use %s as the guest's init: it is built for %v and the guest is amd64; "+
			"build it with GOARCH=amd64", exe, f.Machine)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return fmt.Errorf("use %s as the guest's init: %w", exe, errDynamic)
		}
	}
	return nil
}

var errDynamic = errors.New("it is linked dynamically and the guest has no loader; " +
	"build it with CGO_ENABLED=0 go build")
