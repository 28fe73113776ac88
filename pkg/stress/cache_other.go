//go:build !linux

package stress

import "os"

// dropCached does nothing: no advice here drops a file from the page cache.
func dropCached(*os.File) error { return nil }
