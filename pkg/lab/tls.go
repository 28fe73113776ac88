package lab

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// keys is the folder of the key that both ends of a migration over TLS share. It is the one thing of a lab that needs a
// name in the file system: QEMU reads credentials from nothing else.
type keys struct{ folder string }

// tlsUser is who the key belongs to.
const tlsUser = "lab"

// The ends of a migration over TLS, in QEMU's words: the source and the destination.
const tlsClient, tlsServer = "client", "server"

// newKeys writes a fresh key where only this user reads it.
func newKeys() (*keys, error) {
	folder, err := os.MkdirTemp("", "vmmp-lab-")
	if err != nil {
		return nil, fmt.Errorf("make a key for TLS: %w", err)
	}
	k := &keys{folder}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	text := fmt.Sprintf("%s:%x\n", tlsUser, key)
	if err := os.WriteFile(filepath.Join(folder, "keys.psk"), []byte(text), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("make a key for TLS: %w", err), k.remove())
	}
	return k, nil
}

func (k *keys) remove() error {
	if k == nil {
		return nil
	}
	return os.RemoveAll(k.folder)
}

// give makes the key known to a QEMU at one end and returns its name there.
func (k *keys) give(ctx context.Context, i *instance, end string) (string, error) {
	id := "tls-" + end
	if i.tls[id] {
		return id, nil
	}
	if err := i.monitor.addTLSKey(ctx, id, k.folder, end, tlsUser); err != nil {
		return "", err
	}
	if i.tls == nil {
		i.tls = map[string]bool{}
	}
	i.tls[id] = true
	return id, nil
}
