package libvirt

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sessionSocket makes the folder of a session's sockets below a runtime folder.
func sessionSocket(t *testing.T, runtime string) string {
	t.Helper()
	folder := filepath.Join(runtime, "libvirt")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(folder, "virtqemud-sock")
}

func TestParsePlace(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", "/run/user/7")
	for uri, want := range map[string]struct {
		transport transport
		address   string
		driver    string
		socket    string
	}{
		"qemu:///system":                        {overUnix, ":1", "qemu:///system", "/run/libvirt/libvirt-sock-ro"},
		"qemu:///session":                       {overUnix, ":1", "qemu:///session", "/run/user/7/libvirt/libvirt-sock"},
		"qemu+unix:///system?socket=/a/b":       {overUnix, ":1", "qemu:///system", "/a/b"},
		"qemu+tcp://kvm3/system":                {overTCP, "kvm3:1", "qemu:///system", ""},
		"qemu+tcp://[fe80::1]:77/system":        {overTCP, "[fe80::1]:77", "qemu:///system", ""},
		"qemu+tls://kvm3.example:9/system":      {overTLS, "kvm3.example:9", "qemu:///system", ""},
		"qemu://kvm3/system":                    {overTLS, "kvm3:1", "qemu:///system", ""},
		"qemu+ssh://root@kvm3:22/system?socket": {overSSH, "kvm3:22", "qemu:///system", ""},
	} {
		p, err := parsePlace(uri)
		if err != nil || p.transport != want.transport || p.address("1") != want.address || p.driver != want.driver {
			t.Errorf("%s: %+v, %v", uri, p, err)
		}
		if want.socket != "" && p.sockets(true)[0] != want.socket {
			t.Errorf("%s: %v", uri, p.sockets(true))
		}
	}
	for uri, want := range map[string]string{
		"xen:///system": "of no QEMU", "qemu:///": "neither /system nor /session", "qemu+tcp:///system": "names no host",
		"qemu+libssh2://a/system": "not by \"libssh2\"", "://": "read libvirt URI", "web-1": "of no QEMU",
		"qemu:///embed?root=/a": "neither /system nor /session",
	} {
		if _, err := parsePlace(uri); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", uri, err, want)
		}
	}
}

func TestSSHCommand(t *testing.T) {
	for uri, want := range map[string][]string{
		"qemu+ssh://kvm3/system": {"ssh", "-e", "none", "-T", "--", "kvm3", "virt-ssh-helper -r ", "nc'", "libvirt-sock-ro"},
		"qemu+ssh://me@kvm3:2222/system?keyfile=/k&no_verify=1": {"ssh", "-p", "2222", "-l", "me", "-i", "/k", "-o",
			"StrictHostKeyChecking=no", "kvm3"},
		"qemu+ssh://kvm3/system?command=/usr/bin/myssh&netcat=/opt/nc": {"/usr/bin/myssh", "/opt/nc"},
	} {
		p, err := parsePlace(uri)
		if err != nil {
			t.Fatal(err)
		}
		command := p.sshCommand(true)
		for _, part := range want {
			if !slices.ContainsFunc(command, func(a string) bool { return strings.Contains(a, part) }) {
				t.Errorf("%s: %q lacks %q", uri, command, part)
			}
		}
	}
}

func TestQuote(t *testing.T) {
	if got := quote("it's $HOME; rm -r /"); got != `'it'\''s $HOME; rm -r /'` {
		t.Error(got)
	}
}
