//go:build unix

package stress

import "os"

// openUnlinked opens a file and takes its name away at once: it is gone once it is closed, however this process ends.
func openUnlinked(folder string) (*os.File, error) {
	file, err := os.CreateTemp(folder, "vmmp-stress-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		file.Close() //nolint:errcheck // nothing was written
		return nil, err
	}
	return file, nil
}
