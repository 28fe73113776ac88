package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"vmmp/pkg/history"
	"vmmp/pkg/history/internal/table"
)

// A file is what a path named when it was opened.
type file struct {
	path string // absolute
	info os.FileInfo
}

// errMoved is the error of writing to a file that nobody finds again.
var errMoved = &table.Flaw{
	Err:   errors.New("its file was moved or deleted while in use"),
	Fault: history.ErrReadOnly, Remedy: "start vmmp again, which makes a new one",
}

// inPlace returns errMoved if the path no longer names the file.
func (f file) inPlace() error {
	info, err := os.Stat(f.path)
	if err != nil || !os.SameFile(info, f.info) {
		return errMoved
	}
	return nil
}

// prepareFile makes the file and its folder unless they exist, for nobody but
// their owner. An existing file is not opened: to close it again would end the locks
// that another store of this process holds.
func prepareFile(path string) (file, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = createFile(path); err == nil {
			info, err = os.Stat(path)
		}
	}
	switch {
	case err != nil:
		flaw := table.Flaw{Err: reason(err), Fault: fileFault(err)}
		return file{}, flaw.At(path)
	case info.IsDir():
		return file{}, noFile("it is a directory").At(path)
	case !info.Mode().IsRegular():
		return file{}, noFile("it is no regular file").At(path)
	}
	return file{path, info}, nil
}

func noFile(what string) *table.Flaw {
	return &table.Flaw{Err: errors.New(what), Fault: history.ErrLocation}
}

// fileFault returns the fault that an error of the operating system stands for, nil
// if none fits.
func fileFault(err error) error {
	is := func(one error) bool { return errors.Is(err, one) }
	switch {
	case slices.ContainsFunc([]error{fs.ErrPermission, syscall.EROFS}, is):
		return history.ErrReadOnly
	case is(syscall.ENOSPC):
		return history.ErrFull
	case slices.ContainsFunc([]error{syscall.ENOTDIR, syscall.ENAMETOOLONG, syscall.EINVAL, syscall.ELOOP}, is):
		return history.ErrLocation // no file can ever have that path
	}
	return nil
}

// createFile makes an empty file that survives a power cut once SQLite has synced
// its folder, as it does with the first transaction.
func createFile(path string) error {
	if err := createFolder(filepath.Dir(path)); err != nil {
		return err
	}
	created, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) { // another process was faster
		return nil
	}
	if err != nil {
		return err
	}
	return created.Close()
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

// reason returns an error of the operating system without the path, which the message
// names already.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// foreignHeader reports whether a file does not begin as every database of SQLite
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
