package libvirt

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// A transport is how libvirt is reached.
type transport string

const (
	overUnix transport = "unix"
	overTCP  transport = "tcp"
	overTLS  transport = "tls"
	overSSH  transport = "ssh"
)

// The ports that libvirt listens on.
const (
	tcpPort = "16509"
	tlsPort = "16514"
)

// A place is a libvirt as a URI names it.
type place struct {
	uri       string // as it was given, for messages
	transport transport
	user      string
	host      string
	port      string // empty: the transport's own
	driver    string // URI that libvirt there is asked to open
	folder    string // that its sockets lie in
	pace      pace
	options   url.Values
}

// parsePlace reads a connection URI. Errors say what libvirt or vmmp does not know in it.
func parsePlace(text string) (place, error) {
	u, err := url.Parse(text)
	if err != nil {
		return place{}, fmt.Errorf("read libvirt URI: %w", err)
	}
	driver, over, _ := strings.Cut(u.Scheme, "+")
	p := place{uri: text, transport: transport(over), host: u.Hostname(), port: u.Port(), options: u.Query(),
		pace: defaultPace}
	if u.User != nil {
		p.user = u.User.Username()
	}
	switch {
	case driver != "qemu":
		return p, fmt.Errorf("libvirt URI %q is of no QEMU: give one like qemu:///system or qemu+ssh://host/system", text)
	case u.Path != "/system" && u.Path != "/session":
		return p, fmt.Errorf("libvirt URI %q ends with neither /system nor /session", text)
	case over == "" && p.host == "":
		p.transport = overUnix
	case over == "":
		p.transport = overTLS // as libvirt has it
	}
	switch p.transport {
	case overUnix:
	case overTCP, overTLS, overSSH:
		if p.host == "" {
			return p, fmt.Errorf("libvirt URI %q names no host", text)
		}
	default:
		return p, fmt.Errorf("libvirt URI %q: vmmp reaches libvirt by unix, tcp, tls or ssh, not by %q", text, over)
	}
	p.driver = driver + "://" + u.Path
	p.folder = "/run/libvirt"
	if p.session() {
		p.folder = sessionFolder()
	}
	return p, nil
}

// address returns host and port.
func (p place) address(port string) string {
	if p.port != "" {
		port = p.port
	}
	return net.JoinHostPort(p.host, port)
}

// canReadOnly reports whether the place may have a socket for connections that only read.
func (p place) canReadOnly() bool { return p.transport == overUnix || p.transport == overSSH }

// session reports whether the domains are a user's own rather than the host's.
func (p place) session() bool { return strings.HasSuffix(p.driver, "/session") }

// readOnlyEnding ends the names of sockets for connections that only read.
const readOnlyEnding = "-ro"

// sockets returns the paths of the sockets that may be those of the place, on the machine that libvirt runs on: that of
// libvirtd, and that of virtqemud, which has taken its place on many systems.
func (p place) sockets(readOnly bool) []string {
	if socket := p.options.Get("socket"); socket != "" {
		return []string{socket}
	}
	names := []string{"libvirt-sock", "virtqemud-sock"}
	paths := make([]string, len(names))
	for i, name := range names {
		if readOnly && !p.session() { // whose owner may do all
			name += readOnlyEnding
		}
		paths[i] = path.Join(p.folder, name)
	}
	return paths
}

// sessionFolder returns where the sockets of the user's own libvirt lie.
func sessionFolder() string {
	if runtime := os.Getenv("XDG_RUNTIME_DIR"); runtime != "" {
		return filepath.Join(runtime, "libvirt")
	}
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		cache = filepath.Join(os.Getenv("HOME"), ".cache")
	}
	return filepath.Join(cache, "libvirt")
}
