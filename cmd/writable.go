package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// checkWritable finds out whether the file that a flag named can be written, before
// time is spent on what it is to hold. An empty path is none.
func checkWritable(flag, path string) error {
	if path == "" {
		return nil
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s %s is no regular file: name a file", flag, path)
	}
	probe, err := os.CreateTemp(filepath.Dir(path), ".vmmp-*")
	if err == nil {
		err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
	var reason *fs.PathError
	if errors.As(err, &reason) {
		err = reason.Err
	}
	if err != nil {
		return fmt.Errorf("%s %s cannot be written: %w: name a file in a folder that exists and that you may write to", flag, path, err)
	}
	return nil
}
