package model

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// mostFileBytes bounds what is read as a model: far above any that is trained.
const mostFileBytes = 1 << 30

// Load reads a model from a file.
func Load(path string) (*Model, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, mostFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	if len(data) > mostFileBytes {
		return nil, fmt.Errorf("read model %s: %w: it is larger than %d bytes", path, ErrNotModel, mostFileBytes)
	}
	m, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("read model %s: %w", path, err)
	}
	return m, nil
}

// Save writes the model to a file and answers its size in bytes. It writes beside
// it, syncs and renames: path holds the old content or the new, never a part.
func (m *Model) Save(path string) (int, error) {
	data, _, err := m.encode()
	if err != nil {
		return 0, err
	}
	if err := replaceFile(path, data); err != nil {
		return 0, fmt.Errorf("save model: %w", err)
	}
	return len(data), nil
}

// Size is the number of bytes that Save would write.
func (m *Model) Size() (int, error) {
	data, _, err := m.encode()
	return len(data), err
}

// replaceFile gives path new content, all or nothing.
func replaceFile(path string, data []byte) (err error) {
	if err := mustBeFile(path); err != nil {
		return err
	}
	folder := filepath.Dir(path)
	temporary, err := os.CreateTemp(folder, "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temporary.Name()))
		}
	}()
	if err := fill(temporary, data); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(temporary.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return syncFolder(folder)
}

// mustBeFile refuses to put a file in place of something else.
func mustBeFile(path string) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file: a rename would replace it; name a file", path)
	}
	return nil
}

// fill writes data to file, sees it to the disk and closes it. It tells the first
// thing that went wrong.
func fill(file *os.File, data []byte) error {
	_, err := file.Write(data)
	for _, step := range []func() error{func() error { return file.Chmod(0o644) }, file.Sync} {
		if err == nil {
			err = step()
		}
	}
	return cmp.Or(err, file.Close())
}

// syncFolder makes a rename in it survive a power cut.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
