package history

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// prepareFile makes the file and its folder unless they exist, for nobody but
// their owner, and answers what the path names. An existing file is not opened:
// to close it again would end the locks that another store of this process holds.
func prepareFile(path string) (os.FileInfo, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = createFile(path); err == nil {
			info, err = os.Stat(path)
		}
	}
	switch {
	case errors.Is(err, fs.ErrPermission) || errors.Is(err, errReadOnlyDisk):
		return nil, faulty(path, ErrReadOnly, reason(err))
	case errors.Is(err, errNoSpace):
		return nil, faulty(path, ErrFull, reason(err))
	case isNoPlace(err):
		return nil, faulty(path, ErrLocation, reason(err))
	case err != nil:
		return nil, located(path, reason(err))
	case info.IsDir():
		return nil, faulty(path, ErrLocation, errors.New("it is a directory"))
	case !info.Mode().IsRegular():
		return nil, faulty(path, ErrLocation, errors.New("it is no regular file"))
	}
	return info, nil
}

// createFile makes an empty file that survives a power cut once SQLite has synced
// its folder, as it does with the first transaction.
func createFile(path string) error {
	if err := createFolder(filepath.Dir(path)); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) { // another process was faster
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// createFolder makes a folder and those above it, and syncs what names them.
func createFolder(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	above := filepath.Dir(path)
	if err := createFolder(above); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	folder, err := os.Open(above)
	if err != nil {
		return nil //nolint:nilerr // a folder that may be written to but not read cannot be synced
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// reason is an error of the operating system without the path, which the message
// names already.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// foreignHeader says whether a file does not begin as every database of SQLite
// does. It is for files that SQLite has refused, which no store can have open.
func foreignHeader(path string) bool {
	const magic = "SQLite format 3\x00"
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	begin := make([]byte, len(magic))
	n, err := file.ReadAt(begin, 0)
	return string(begin[:n]) != magic[:n] || err != nil
}
