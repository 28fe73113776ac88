//go:build unix && !linux

package stress

import "os"

// temporary opens a file that has no name any more.
func temporary(folder string) (*os.File, error) { return unlinked(folder) }
