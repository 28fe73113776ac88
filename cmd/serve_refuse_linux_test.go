package cmd

import (
	"database/sql"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func init() {
	commands["unprivileged"] = func() {
		const nobody = 65534
		if os.Geteuid() == 0 { // whom no permission binds
			if err := syscall.Setuid(nobody); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(99)
			}
		}
		os.Exit(Execute())
	}
}

// database runs statements on a database in a file, which is made if it is not
// there.
func database(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// refusedHistory checks how a server refuses a history: with an exit code and one
// line, which names the place, the fault and the remedies.
func refusedHistory(t *testing.T, program, location string, code int, parts ...string) {
	t.Helper()
	got, told := refusal(t, vmmpProcess(t, program, nil, "serve", "--addr", "127.0.0.1:0", "--history", location))
	if got != code {
		t.Errorf("exit %d, want %d", got, code)
	}
	if !strings.HasPrefix(told, location+": ") || !strings.HasSuffix(told, "; or keep none with --history none") {
		t.Errorf("told %q", told)
	}
	for _, part := range parts {
		if !strings.Contains(told, part) {
			t.Errorf("told %q, without %q", told, part)
		}
	}
}

// What is no history of this vmmp is refused, and not a byte of it is changed.
func TestServeRefusesWhatIsNoHistory(t *testing.T) {
	folder := t.TempDir()
	refusedHistory(t, "vmmp", folder, exitUsage, "not a history: it is a directory", "name a history of vmmp, or a file that does not exist yet")
	inFile := filepath.Join(writeFile(t, "file", "text"), "history.db")
	refusedHistory(t, "vmmp", inFile, exitUsage, "not a history: not a directory")

	newer := recorded(t, 1)
	database(t, newer, "INSERT INTO vmmp_schema (version_id, is_applied) VALUES (99, 1)")
	foreign := filepath.Join(t.TempDir(), "contacts.db")
	database(t, foreign, "CREATE TABLE contacts (name TEXT)", "INSERT INTO contacts VALUES ('Ada')")
	schema := recorded(t, 100)
	damage(t, schema, pageBytes, pageBytes)

	for _, c := range []struct {
		path  string
		parts []string
	}{
		{newer, []string{"history is of a newer vmmp: its schema has version 99", "upgrade vmmp, or name another history"}},
		{foreign, []string{"not a history: it is a database of another program", "name a history of vmmp"}},
		{writeFile(t, "notes.txt", strings.Repeat("These are notes. ", 1000)), []string{"not a history: ", "name a history of vmmp"}},
		{schema, []string{"history is damaged: ", "restore it from a backup, or move it away and begin anew"}},
	} {
		before, err := os.ReadFile(c.path)
		if err != nil {
			t.Fatal(err)
		}
		refusedHistory(t, "vmmp", c.path, exitUsage, c.parts...)
		holdsOnly(t, filepath.Dir(c.path), filepath.Base(c.path), string(before))
	}
}

// A history that the server's user may not write to is refused at the start.
func TestServeRefusesAReadOnlyHistory(t *testing.T) {
	file := recorded(t, 1)
	folder := recorded(t, 1)
	empty := t.TempDir()
	t.Cleanup(func() { _ = os.Chmod(filepath.Dir(folder), 0o755) }) // or it could not be removed
	for path, mode := range map[string]os.FileMode{
		filepath.Dir(empty): 0o755, // above all folders of this test
		file:                0o444, filepath.Dir(file): 0o777,
		folder: 0o666, filepath.Dir(folder): 0o555,
		empty: 0o555,
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{file, folder, filepath.Join(empty, "history.db"), filepath.Join(empty, "state", "history.db")} {
		refusedHistory(t, "unprivileged", path, exitFailed, "history cannot be written to: ", "let the user that vmmp runs as write to it and to its folder")
	}
}

// A database that cannot be reached is told in one line, in bounded time, without
// its password.
func TestServeWithoutItsDatabase(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // it takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	const nobody, password = "127.0.0.1:1", "correct-horse"
	for addr, cause := range map[string]string{nobody: "connection refused", silent.Addr().String(): "timeout"} {
		location := "postgres://vmmp:" + password + "@" + addr + "/vmmp?connect_timeout=1"
		code, told := refusal(t, vmmpProcess(t, "vmmp", nil, "serve", "--addr", "127.0.0.1:0", "--history", location))
		if code != exitFailed || strings.Contains(told, password) || !strings.Contains(told, cause) ||
			!strings.HasPrefix(told, "postgres://vmmp:xxxxx@"+addr+"/vmmp?connect_timeout=1: ") || !strings.HasSuffix(told, "; or keep none with --history none") {
			t.Errorf("%s: exit %d, told %q", cause, code, told)
		}
	}
}
