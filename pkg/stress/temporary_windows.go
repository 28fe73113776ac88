package stress

import (
	"crypto/rand"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// openTemporary opens a file that is gone once it is closed, however this process ends.
func openTemporary(folder string) (*os.File, error) {
	if folder == "" {
		folder = os.TempDir()
	}
	path := filepath.Join(folder, "vmmp-stress-"+rand.Text())
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL|windows.O_FILE_FLAG_DELETE_ON_CLOSE, 0o600)
}
