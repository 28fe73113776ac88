//go:build !linux

package stress

import "os"

// forget does nothing: no advice here drops a file from the page cache.
func forget(*os.File) error { return nil }
