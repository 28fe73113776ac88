//go:build unix && !linux

package stress

import "os"

// openTemporary opens a file that has no name any more.
func openTemporary(folder string) (*os.File, error) { return openUnlinked(folder) }
