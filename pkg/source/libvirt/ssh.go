package libvirt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// sshCommand returns the program that reaches the place's libvirt, with its arguments. The far side runs
// virt-ssh-helper where it has it, which finds the socket by itself, and netcat else, as libvirt's own client does.
func (p place) sshCommand(readOnly bool) []string {
	program := p.options.Get("command")
	if program == "" {
		program = "ssh"
	}
	arguments := []string{program, "-e", "none", "-T"}
	option := func(flag, value string) {
		if value != "" {
			arguments = append(arguments, flag, value)
		}
	}
	option("-p", p.port)
	option("-l", p.user)
	option("-i", p.options.Get("keyfile"))
	if p.options.Get("no_verify") == "1" {
		option("-o", "StrictHostKeyChecking=no")
	}
	return append(arguments, "--", p.host, "sh -c "+quote(p.remoteScript(readOnly)))
}

// remoteScript returns what the far side's shell is to do.
func (p place) remoteScript(readOnly bool) string {
	helper, netcat := "exec virt-ssh-helper ", p.options.Get("netcat")
	if readOnly {
		helper += "-r "
	}
	helper += quote(p.driver)
	if netcat == "" {
		netcat = "nc"
	}
	var sockets []string
	for _, path := range p.sockets(readOnly) {
		sockets = append(sockets, quote(path))
	}
	direct := fmt.Sprintf("for s in %s; do if [ -e $s ]; then exec %s -U $s; fi; done; "+
		"echo no socket of libvirt, and no virt-ssh-helper >&2; exit 1", strings.Join(sockets, " "), quote(netcat))
	switch {
	case p.options.Get("proxy") == "native":
		return helper
	case p.options.Get("proxy") == "netcat" || p.options.Has("socket") || p.options.Has("netcat"):
		return direct
	}
	return "if command -v virt-ssh-helper >/dev/null; then " + helper + "; else " + direct + "; fi"
}

// quote returns text as one word of a shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// A pipe is a connection through a program's standard input and output.
type pipe struct {
	io.Reader
	io.WriteCloser
	process *exec.Cmd
	said    *tail
	end     func() error
}

// dialSSH starts ssh. What it has to say of hosts and keys is told once the connection ends.
func (p place) dialSSH(readOnly bool) (net.Conn, error) {
	command := p.sshCommand(readOnly)
	process := exec.Command(command[0], command[1:]...)
	said := &tail{}
	process.Stderr = said
	process.WaitDelay = time.Second // whatever it has started in its turn
	in, err := process.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, fmt.Errorf("run %s: %w", command[0], err)
	}
	c := &pipe{Reader: out, WriteCloser: in, process: process, said: said}
	c.end = sync.OnceValue(func() error {
		_ = in.Close() // which ends what runs on the far side
		_ = process.Process.Kill()
		_ = process.Wait() // its end is no matter, whichever way it comes
		return nil
	})
	return c, nil
}

// Read reads what comes. Once nothing does any more, the error is what the program said.
func (c *pipe) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	return n, c.lastWords(err)
}

// Write sends. Its error is as Read's.
func (c *pipe) Write(b []byte) (int, error) {
	n, err := c.WriteCloser.Write(b)
	return n, c.lastWords(err)
}

// lastWords returns what the program said in place of an error of its pipes, which says nothing.
func (c *pipe) lastWords(err error) error {
	if err == nil {
		return nil
	}
	time.Sleep(20 * time.Millisecond) // they take another way
	if said := c.said.String(); said != "" {
		return errors.New(said)
	}
	return err
}

// Close ends the program.
func (c *pipe) Close() error { return c.end() }

// pipeAddr is no address: the program has it.
type pipeAddr struct{}

// Network returns what stands for a network.
func (pipeAddr) Network() string { return "pipe" }

// String returns what stands for an address.
func (pipeAddr) String() string { return "ssh" }

// LocalAddr returns no address.
func (*pipe) LocalAddr() net.Addr { return pipeAddr{} }

// RemoteAddr returns no address.
func (*pipe) RemoteAddr() net.Addr { return pipeAddr{} }

// SetDeadline does nothing: who waits too long closes the pipe.
func (*pipe) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing, as SetDeadline.
func (*pipe) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing, as SetDeadline.
func (*pipe) SetWriteDeadline(time.Time) error { return nil }

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// Write takes note of b.
func (t *tail) Write(b []byte) (int, error) {
	const most = 1000
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	t.text = t.text[max(0, len(t.text)-most):]
	return len(b), nil
}

// String returns it as one line.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(strings.Fields(string(bytes.ToValidUTF8(t.text, nil))), " ")
}
