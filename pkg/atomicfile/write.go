package atomicfile

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Write replaces the content of the file at path by data, or makes the file with
// permissions 0644. A symbolic link is followed, and the permissions of a file that
// is replaced are kept. It returns an error, and leaves the file as it was, if path
// leads to something other than a regular file or if writing fails. If only the sync
// of the folder fails, the error says that the file is written all the same.
func Write(path string, data []byte) error {
	path, mode, err := replaceable(path)
	if err != nil {
		return err
	}
	temporary, err := createBeside(path)
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
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return fmt.Errorf("%s is written, but may not survive a power cut: sync its folder: %w", path, err)
	}
	return nil
}

// replaceable returns the file that path leads to and its permissions, or those of a
// new one. It refuses to put a file in place of something else.
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

// createBeside creates a temporary file in the folder of path.
func createBeside(path string) (*os.File, error) {
	return os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
}

// fill writes data to file, syncs and closes it. It returns the first error.
func fill(file *os.File, data []byte, mode fs.FileMode) error {
	_, err := file.Write(data)
	for _, step := range []func() error{func() error { return file.Chmod(mode) }, file.Sync} {
		if err == nil {
			err = step()
		}
	}
	return cmp.Or(err, file.Close())
}

// syncFolder makes a rename in the folder survive a power cut.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
