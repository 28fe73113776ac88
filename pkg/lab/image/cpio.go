package image

import (
	"fmt"
	"io"
)

// File types of a mode, as stat(2) has them.
const (
	modeDirectory = 0o040000
	modeFile      = 0o100000
	modeCharacter = 0o020000
)

// cpioWriter writes an archive in the "newc" form, the one that the kernel unpacks as an initramfs
// (Documentation/driver-api/early-userspace/buffer-format.rst). Folders come before what lies in them. No entry has a
// time or an owner, so that the same content gives the same bytes.
type cpioWriter struct {
	w       io.Writer
	written int64
	entries uint32
}

// directory adds a folder; names have no leading slash.
func (c *cpioWriter) directory(name string) error {
	return c.header(cpioHeader{name: name, mode: modeDirectory | 0o755, links: 2})
}

// character adds the node of a character device.
func (c *cpioWriter) character(name string, major, minor uint32) error {
	return c.header(cpioHeader{name: name, mode: modeCharacter | 0o600, links: 1, major: major, minor: minor})
}

// file adds a file of just size bytes, which it reads from r.
func (c *cpioWriter) file(name string, permissions uint32, size int64, r io.Reader) error {
	if size < 0 || size > 1<<32-1 {
		return fmt.Errorf("write archive: %s has %d bytes; the form ends at 4 GiB", name, size)
	}
	if err := c.header(cpioHeader{name: name, mode: modeFile | permissions, links: 1, size: uint32(size)}); err != nil {
		return err
	}
	n, err := io.CopyN(c.w, r, size)
	c.written += n
	if err != nil {
		return fmt.Errorf("write archive: %s ends after %d of %d bytes: %w", name, n, size, err)
	}
	return c.align()
}

// close ends the archive; the writer beneath stays open.
func (c *cpioWriter) close() error { return c.header(cpioHeader{name: "TRAILER!!!", links: 1}) }

// cpioHeader is what the entries differ in.
type cpioHeader struct {
	name         string
	mode, links  uint32
	size         uint32
	major, minor uint32 // of a device node
}

// header writes the thirteen fields of an entry, eight hexadecimal digits each, and its name.
func (c *cpioWriter) header(h cpioHeader) error {
	c.entries++
	fields := [13]uint32{
		c.entries, h.mode, 0, 0, h.links, 0, h.size, // inode, mode, uid, gid, links, time, size
		0, 0, h.major, h.minor, // the archive's device, the node's
		uint32(len(h.name) + 1), 0, // with the NUL; no checksum
	}
	text := []byte("070701")
	for _, f := range fields {
		text = fmt.Appendf(text, "%08X", f)
	}
	text = append(append(text, h.name...), 0)
	if err := c.write(text); err != nil {
		return err
	}
	return c.align()
}

// align fills up to a multiple of four bytes, where headers and content begin.
func (c *cpioWriter) align() error { return c.write(make([]byte, -c.written&3)) }

func (c *cpioWriter) write(b []byte) error {
	n, err := c.w.Write(b)
	c.written += int64(n)
	if err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	return nil
}
