//go:build integration

package stack

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// layer writes the file system of an image, as a tar archive, from files of this
// machine. The first error stays: only close tells it.
type layer struct {
	tar     *tar.Writer
	written map[string]bool
	err     error
}

func newLayer(w io.Writer) *layer { return &layer{tar: tar.NewWriter(w), written: map[string]bool{}} }

// close ends the archive and answers the first error.
func (l *layer) close() error { return errors.Join(l.err, l.tar.Close()) }

// entry writes one entry, unless there is one of that name.
func (l *layer) entry(h tar.Header, body io.Reader) {
	h.Name = strings.TrimPrefix(h.Name, "/")
	if l.err != nil || l.written[h.Name] {
		return
	}
	l.written[h.Name] = true
	if l.err = l.tar.WriteHeader(&h); l.err == nil && body != nil {
		_, l.err = io.Copy(l.tar, body)
	}
}

// folder is an empty folder of an owner.
func (l *layer) folder(name string, owner int, mode int64) {
	l.entry(tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode, Uid: owner, Gid: owner}, nil)
}

func (l *layer) text(name string, mode int64, content string) {
	l.entry(tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content))}, strings.NewReader(content))
}

func (l *layer) link(name, target string) {
	l.entry(tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777}, nil)
}

// file is a copy of a file of this machine; of a link, of what it leads to.
func (l *layer) file(name, from string) {
	if l.err != nil || l.written[strings.TrimPrefix(name, "/")] {
		return
	}
	file, err := os.Open(from)
	if err != nil {
		l.err = err
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		l.err = err
		return
	}
	l.entry(tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: int64(info.Mode().Perm()), Size: info.Size()}, file)
}

// tree is a copy of a folder; leave says what is not copied, by its path below it.
func (l *layer) tree(name, from string, leave func(string) bool) {
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		below, _ := filepath.Rel(from, path)
		switch {
		case err != nil:
			return err
		case leave != nil && leave(below) && d.IsDir():
			return fs.SkipDir
		case leave != nil && leave(below):
			return nil
		case d.IsDir():
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			l.link(filepath.Join(name, below), target)
			return err
		}
		l.file(filepath.Join(name, below), path)
		return l.err
	})
	l.err = errors.Join(l.err, err)
}

// program is a program of this machine with the libraries that it is linked with.
func (l *layer) program(name, from string) {
	l.file(name, from)
	l.libraries(from)
}

// linked is a library in what ldd prints: libc.so.6 => /lib/.../libc.so.6 (0x...), or
// the loader, by its path alone.
var linked = regexp.MustCompile(`(?m)(?:=> |^\s)(/\S+) \(0x`)

// libraries are those that a program or another library is linked with.
func (l *layer) libraries(of string) {
	told, err := exec.Command("ldd", of).CombinedOutput()
	if err != nil && !bytes.Contains(told, []byte("not a dynamic executable")) && !bytes.Contains(told, []byte("statically linked")) {
		l.err = errors.Join(l.err, fmt.Errorf("ldd %s: %w: %s", of, err, told))
		return
	}
	for _, found := range linked.FindAllSubmatch(told, -1) {
		l.file(string(found[1]), string(found[1]))
	}
}

// shell is Debian's busybox under the names of all that it can do, and what every
// image has.
func (l *layer) shell() {
	l.program("/bin/busybox", "/bin/busybox")
	applets, err := exec.Command("/bin/busybox", "--list").Output()
	if err != nil {
		l.err = errors.Join(l.err, fmt.Errorf("busybox: %w: install Debian's package busybox", err))
		return
	}
	for _, name := range lines(string(applets)) {
		l.link("/bin/"+name, "busybox")
	}
	l.folder("/tmp", 0, 0o1777)
	l.text("/etc/passwd", 0o644, "root:x:0:0::/root:/bin/sh\npostgres:x:70:70::/var/lib/postgresql:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n")
	l.text("/etc/group", 0o644, "root:x:0:\npostgres:x:70:\nnogroup:x:65534:\n")
	l.text("/etc/nsswitch.conf", 0o644, "hosts: files dns\n")
}
