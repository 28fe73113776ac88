//go:build unix

package stress

import (
	"errors"
	"io/fs"
	"os"
	"testing"
)

// Where a file system knows no files without a name, the name is taken away.
func TestUnlinkedFile(t *testing.T) {
	folder := t.TempDir()
	for _, open := range []func(string) (*os.File, error){openTemporary, openUnlinked} {
		file, err := open(folder)
		if err != nil {
			t.Fatal(err)
		}
		wantEmpty(t, folder)
		if _, err := file.WriteAt([]byte{1}, 100); err != nil {
			t.Error(err)
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
		if _, err := open(folder + "/gone"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error %v", err)
		}
	}
}
