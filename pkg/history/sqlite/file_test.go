package sqlite

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vmmp/pkg/history"
	"vmmp/pkg/history/historytest"
)

// The file is its owner's alone, whatever its name and the folders above it.
func TestNewFile(t *testing.T) {
	top := filepath.Join(t.TempDir(), "a b%20c", "d?e#f&mode=ro")
	path := filepath.Join(top, "ünï ;'\".db")
	s := mustOpen(t, path)
	historytest.Add(t, s, historytest.FullEntry("a"))
	for name, want := range map[string]os.FileMode{
		filepath.Dir(top): os.ModeDir | 0o700, top: os.ModeDir | 0o700, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600,
	} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	historytest.Close(t, s)
	files, err := os.ReadDir(top)
	if err != nil || len(files) != 1 {
		t.Errorf("closed, beside the history lies %v, %v", files, err)
	}
	if got := historytest.Collect(t, mustOpen(t, path), history.Query{}); len(got) != 1 {
		t.Errorf("%d entries", len(got))
	}
}

// A path that is relative stays where it was when the working folder changes.
func TestRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	s := mustOpen(t, "history.db")
	t.Chdir(t.TempDir())
	historytest.Add(t, s, historytest.FullEntry("a"))
	if got := historytest.Collect(t, s, history.Query{}); len(got) != 1 {
		t.Errorf("%d entries", len(got))
	}
}

func TestEmptyFileBecomesHistory(t *testing.T) {
	path := newPath(t)
	write(t, path, nil)
	historytest.Add(t, mustOpen(t, path), historytest.FullEntry("a"))
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// foreign is a database of another program.
func foreign(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('goulash')"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// What is no history is refused and left as it is.
func TestNotAHistory(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	write(t, in("text"), []byte("cpu_load,downtime_ms\n1,2\n"+strings.Repeat("3,4\n", 2000)))
	write(t, in("short"), []byte("xy"))
	write(t, in("zeros"), make([]byte, 8192))
	foreign(t, in("foreign"))
	for path, want := range map[string]string{
		folder: "it is a directory", in("text"): "not a database", in("short"): "not a database", in("zeros"): "not a database",
		in("foreign"): "it is a database of another program", in("text") + "/history.db": "not a directory",
		in(strings.Repeat("long", 100)): "file name too long", in("a\x00b"): "invalid argument", os.DevNull: "it is no regular file",
	} {
		before, _ := os.ReadFile(path) // some are none
		_, err := Open(t.Context(), path)
		if !errors.Is(err, history.ErrLocation) || !strings.HasPrefix(err.Error(), path+": not a history: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", path, err)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(before, after) { // some are none
			t.Errorf("%s was changed", path)
		}
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 4 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

// damaged is a closed history of which f has changed the bytes.
func damaged(t *testing.T, f func([]byte) []byte) string {
	t.Helper()
	path := newPath(t)
	s := mustOpen(t, path)
	historytest.Add(t, s, slices.Repeat([]history.Entry{historytest.FullEntry("web-1")}, 200)...)
	historytest.Close(t, s)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, f(data))
	return path
}

// A damaged file is found out by what meets the damage.
func TestDamagedFile(t *testing.T) {
	const page, rest = 4096, 14 // before the rest lie the roots of tables and indexes
	noise := func(from, to int) func([]byte) []byte {
		return func(data []byte) []byte {
			for i := from; i < min(to, len(data)); i++ {
				data[i] = byte(i*7 + 13)
			}
			return data
		}
	}
	for name, c := range map[string]struct {
		damage func([]byte) []byte
		opens  bool
	}{
		"header":    {noise(16, 100), false},
		"cut short": {func(data []byte) []byte { return data[:50] }, false},
		"schema":    {noise(100, page), false},
		"entries":   {noise(rest*page, 1<<30), true},
		"half":      {func(data []byte) []byte { return data[:len(data)/2/page*page] }, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := damaged(t, c.damage)
			s, err := Open(t.Context(), path)
			if err == nil {
				defer s.Close()
				_, err = s.Read(t.Context(), history.Query{Limit: 1000})
			} else if c.opens {
				t.Errorf("cannot even be opened: %v", err)
			}
			if !errors.Is(err, history.ErrDamaged) || !strings.HasPrefix(err.Error(), path+": history is damaged: ") || !strings.Contains(err.Error(), "backup") {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("append", func(t *testing.T) {
		s, err := Open(t.Context(), damaged(t, noise(rest*page, 1<<30)))
		if err == nil {
			defer s.Close()
			_, err = s.Append(t.Context(), history.Batch{Entries: []history.Entry{historytest.FullEntry("a")}})
		}
		if !errors.Is(err, history.ErrDamaged) {
			t.Errorf("%v", err)
		}
	})
}

// What would go to a file that nobody finds again is refused.
func TestMovedFile(t *testing.T) {
	path := newPath(t)
	s := mustOpen(t, path)
	historytest.Add(t, s, historytest.FullEntry("a"))
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	for _, replaced := range []bool{false, true} {
		if replaced {
			write(t, path, nil)
		}
		_, err := s.Append(t.Context(), history.Batch{Entries: []history.Entry{historytest.FullEntry("b")}})
		if !errors.Is(err, history.ErrReadOnly) || !strings.Contains(err.Error(), "moved or deleted") {
			t.Errorf("%v", err)
		}
	}
	if err := os.Rename(path+".old", path); err != nil {
		t.Fatal(err)
	}
	historytest.Add(t, s, historytest.FullEntry("c"))
}
