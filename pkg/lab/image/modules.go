package image

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// module is a kernel module as a file of this machine.
type module struct {
	Name string // "virtio_blk"
	Path string
}

// virtioModules returns the modules that a guest's disk needs, each behind those that it depends on, less what the
// kernel has built in. Dependencies are read out of the modules themselves: modules.dep is written when a package is
// installed and is missing where one was only unpacked.
func virtioModules(k Kernel) ([]module, error) {
	if k.Modules == "" {
		return nil, fmt.Errorf("find the modules of kernel %s: no folder lib/modules/%s beside it or in /; "+
			"unpack the whole package of the kernel, or name another with --kernel FILE", k.Path, k.Version)
	}
	s, err := readModuleSet(k.Modules)
	for _, name := range []string{"virtio_pci", "virtio_blk"} {
		if err == nil {
			err = s.need(name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("find the modules of kernel %s: %w", k.Version, err)
	}
	return s.order, nil
}

// moduleSet is the modules of a kernel and, of those, the ones that are needed.
type moduleSet struct {
	paths map[string]string // by name; empty for what is built in or already needed
	order []module          // what is needed, in the order of loading
}

// readModuleSet finds all modules of a folder.
func readModuleSet(dir string) (*moduleSet, error) {
	s := &moduleSet{paths: map[string]string{}}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.Contains(filepath.Base(path), ".ko") {
			s.paths[moduleName(path)] = path
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	builtIn, err := os.ReadFile(filepath.Join(dir, "modules.builtin"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for line := range strings.Lines(string(builtIn)) {
		s.paths[moduleName(strings.TrimSpace(line))] = ""
	}
	return s, nil
}

// moduleName returns the name that the module in a file goes by, where dashes are underscores.
func moduleName(path string) string {
	name, _, _ := strings.Cut(filepath.Base(path), ".ko")
	return strings.ReplaceAll(name, "-", "_")
}

// need adds a module behind those that it depends on.
func (s *moduleSet) need(name string) error {
	path, ok := s.paths[name]
	switch {
	case !ok:
		return fmt.Errorf("module %s is not there; install linux-image-cloud-amd64, "+
			"or name another kernel with --kernel FILE", name)
	case path == "":
		return nil
	case !strings.HasSuffix(path, ".ko"):
		return fmt.Errorf("%s is compressed, which not every kernel reads; name a kernel whose modules are not, "+
			"such as Debian 12's linux-image-cloud-amd64, with --kernel FILE", path)
	}
	s.paths[name] = "" // also ends a circle
	needed, err := dependencies(path)
	if err != nil {
		return err
	}
	for _, other := range needed {
		if err := s.need(other); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	s.order = append(s.order, module{Name: name, Path: path})
	return nil
}

// dependencies reads the modules that one depends on out of its section .modinfo, whose entries are "name=value", each
// ended by a NUL.
func dependencies(path string) ([]string, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read module %s: %w", path, err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	section := f.Section(".modinfo")
	if section == nil {
		return nil, fmt.Errorf("read module %s: it has no section .modinfo", path)
	}
	info, err := section.Data()
	if err != nil {
		return nil, fmt.Errorf("read module %s: %w", path, err)
	}
	return parseDependencies(info), nil
}

// parseDependencies finds the entry "depends=a,b" of a section .modinfo.
func parseDependencies(info []byte) []string {
	for entry := range bytes.SplitSeq(info, []byte{0}) {
		if list, ok := bytes.CutPrefix(entry, []byte("depends=")); ok {
			return strings.FieldsFunc(strings.ReplaceAll(string(list), "-", "_"), func(r rune) bool { return r == ',' })
		}
	}
	return nil
}
