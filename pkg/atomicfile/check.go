package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Check returns an error if [Write] could not write the file at path: for those who
// would rather know before they spend time on what it is to hold. It makes a
// temporary file in the same folder and removes it.
func Check(path string) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file: name a file", path)
	}
	probe, err := createBeside(path)
	if err == nil {
		err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
	var reason *fs.PathError
	if errors.As(err, &reason) {
		err = reason.Err
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w: name a file in a folder that exists and that you may write to",
			path, err)
	}
	return nil
}
