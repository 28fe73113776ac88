//go:build unix

package libvirt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writeSSH writes a program in place of ssh.
func writeSSH(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ssh")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhatSSHSaysIsTold(t *testing.T) {
	ssh := writeSSH(t, "echo 'Permission denied (publickey).' >&2; exit 255\n")
	_, err := Open(t.Context(), "qemu+ssh://kvm3/system?command="+ssh)
	if err == nil || !strings.Contains(err.Error(), "Permission denied (publickey).") {
		t.Error(err)
	}
}

func TestNoSSH(t *testing.T) {
	_, err := Open(t.Context(), "qemu+ssh://kvm3/system?command=/no/such/program")
	if !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestSSHThatHangs(t *testing.T) {
	ssh := writeSSH(t, "exec sleep 600\n")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := Open(ctx, "qemu+ssh://kvm3/system?command="+ssh)
	if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > 5*time.Second {
		t.Errorf("%v after %v", err, took)
	}
}

// The far side's shell gets the script as it was meant: what it finds no socket for, it says.
func TestFarSide(t *testing.T) {
	ssh := writeSSH(t, `for last; do :; done; exec sh -c "$last"`)
	for _, name := range []string{"none", "it's"} {
		socket := filepath.Join(t.TempDir(), name)
		_, err := Open(t.Context(), fmt.Sprintf("qemu+ssh://kvm3/system?proxy=netcat&command=%s&socket=%s", ssh, socket))
		if err == nil || !strings.Contains(err.Error(), "no socket of libvirt") {
			t.Error(err)
		}
	}
}
