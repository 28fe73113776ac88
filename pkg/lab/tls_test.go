package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/qmp/qmptest"
)

func TestKeysAreFreshSecretAndRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	read := func() (*keys, string) {
		k, err := newKeys()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(k.folder, "keys.psk")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
		if !regexp.MustCompile(`^lab:[0-9a-f]{64}\n$`).Match(text) {
			t.Errorf("the key is %q", text)
		}
		return k, string(text)
	}
	a, keyA := read()
	b, keyB := read()
	if keyA == keyB {
		t.Error("two labs share a key")
	}
	for _, k := range []*keys{a, b, nil} {
		if err := k.remove(); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(a.folder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is there still: %v", err)
	}
}

// An end is given the key once, however often it takes part.
func TestKeysAreGivenOnce(t *testing.T) {
	m := monitored(t, func(s *qmptest.Server) {
		for _, end := range []string{tlsClient, tlsServer} {
			r := s.Command("object-add")
			if !strings.Contains(fmt.Sprint(r.Arguments), "endpoint:"+end) {
				t.Errorf("%v, want %s", r.Arguments, end)
			}
			s.Reply(r, "{}")
		}
	})
	i, k := &instance{monitor: m}, &keys{"/keys"}
	for _, end := range []string{tlsClient, tlsServer, tlsClient, tlsServer} {
		if id, err := k.give(within(t, 20*time.Second), i, end); err != nil || id != "tls-"+end {
			t.Errorf("%s, %v", id, err)
		}
	}
}
