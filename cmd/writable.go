package cmd

import (
	"fmt"

	"vmmp/pkg/atomicfile"
)

// checkWritable finds out whether the file that a flag named can be written, before
// time is spent on what it is to hold. An empty path is none.
func checkWritable(flag, path string) error {
	if path == "" {
		return nil
	}
	if err := atomicfile.Check(path); err != nil {
		return fmt.Errorf("%s %w", flag, err)
	}
	return nil
}
