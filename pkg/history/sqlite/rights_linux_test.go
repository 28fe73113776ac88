package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"vmmp/pkg/history"
	"vmmp/pkg/history/historytest"
)

func init() {
	roles["open"] = openWithoutRights
	roles["fill"] = fillLimitedFile
}

// openWithoutRights opens a history as a user who owns nothing and prints how that
// ended.
func openWithoutRights(location string) int {
	if os.Geteuid() == 0 {
		const nobody = 65534
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	s, err := Open(context.Background(), location)
	fmt.Println(errors.Is(err, history.ErrReadOnly), err)
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		return 3
	}
	return 0
}

func TestReadOnly(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(filepath.Dir(folder), 0o755); err != nil { // for the user who owns nothing
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		folder, file os.FileMode // 0: there is none
		readOnly     bool
	}{
		"writable":         {0o777, 0o666, false},
		"new":              {0o777, 0, false},
		"file":             {0o777, 0o444, true},
		"folder":           {0o555, 0o444, true},
		"new in folder":    {0o555, 0, true},
		"secret file":      {0o777, 0o000, true},
		"log not writable": {0o555, 0o666, true},
	} {
		t.Run(name, func(t *testing.T) {
			within := filepath.Join(folder, strings.ReplaceAll(name, " ", "-"))
			path := filepath.Join(within, "history.db")
			if err := os.Mkdir(within, 0o777); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.Chmod(within, 0o755) }) //nolint:errcheck // then it cannot be removed, which is told
			if c.file != 0 || name == "secret file" {
				historytest.Close(t, mustOpen(t, path))
				if err := os.Chmod(path, c.file); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(within, c.folder); err != nil {
				t.Fatal(err)
			}
			told, err := historytest.Child(t, "open", path).Output()
			if c.readOnly != (err != nil) || c.readOnly != strings.HasPrefix(string(told), "true "+path+": history cannot be written to: ") {
				t.Errorf("%s (%v)", told, err)
			}
		})
	}
}

// fillLimitedFile appends until the limit of a file's size is reached, then prints
// how that ended and whether what was there before can still be read.
func fillLimitedFile(location string) int {
	signal.Ignore(syscall.SIGXFSZ)
	s, err := Open(context.Background(), location)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	limit := syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		fmt.Println(err)
		return 1
	}
	appended := 0
	for ; err == nil && appended < 10_000; appended++ {
		_, err = s.Append(context.Background(), history.Batch{Entries: []history.Entry{historytest.FullEntry("web-1"), historytest.FullEntry("web-1")}})
	}
	page, readErr := s.Read(context.Background(), history.Query{Limit: 1 << 20})
	fmt.Println(errors.Is(err, history.ErrFull), len(page) == 2*(appended-1), readErr, err)
	return 0
}

func TestFileSizeLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	told, err := historytest.Child(t, "fill", path).Output()
	if err != nil || !strings.HasPrefix(string(told), "true true <nil> "+path+": no space left for the history: ") {
		t.Errorf("%s (%v)", told, err)
	}
}
