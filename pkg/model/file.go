package model

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
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

// Save writes the model to a file, as ReplaceFile does, and answers its size in bytes.
func (m *Model) Save(path string) (int, error) {
	data, _, err := m.encode()
	if err != nil {
		return 0, err
	}
	if err := ReplaceFile(path, data); err != nil {
		return 0, fmt.Errorf("save model: %w", err)
	}
	return len(data), nil
}

// Size is the number of bytes that Save would write.
func (m *Model) Size() (int, error) {
	data, _, err := m.encode()
	return len(data), err
}

// ReplaceFile gives path new content, all or nothing: it writes beside it, syncs and
// renames. What path leads to must be a regular file, or nothing.
func ReplaceFile(path string, data []byte) error {
	path, mode, err := replaceable(path)
	if err != nil {
		return err
	}
	folder := filepath.Dir(path)
	temporary, err := os.CreateTemp(folder, "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	err = fill(temporary, data, mode)
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(temporary.Name())))
	}
	if err := syncFolder(folder); err != nil {
		return fmt.Errorf("%s is written, but may not survive a power cut: sync its folder: %w", path, err)
	}
	return nil
}

// replaceable is the file that path leads to and its permissions, or what a new one
// gets. It refuses to put a file in place of something else.
func replaceable(path string) (string, fs.FileMode, error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		if !info.Mode().IsRegular() {
			return path, 0, fmt.Errorf("%s is no regular file: a rename would replace it; name a file", path)
		}
		mode = info.Mode().Perm()
	}
	return path, mode, nil
}

// fill writes data to file, sees it to the disk and closes it. It tells the first
// thing that went wrong.
func fill(file *os.File, data []byte, mode fs.FileMode) error {
	_, err := file.Write(data)
	for _, step := range []func() error{func() error { return file.Chmod(mode) }, file.Sync} {
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
