package historytest

import (
	"flag"
	"os"
	"os/exec"
	"testing"
)

// childRole is the variable that makes a test binary play a part in a test of several
// processes.
const childRole = "VMMP_HISTORY_CHILD"

// writeRole is the role of the processes that RunKilled starts.
const writeRole = "write"

// Main runs the tests of an implementation as its TestMain, and the parts that a test
// binary plays as a process of its own: those that RunKilled needs and those of roles,
// each of which returns an exit code.
func Main(m *testing.M, open Opener, roles map[string]func(location string) int) {
	switch role := os.Getenv(childRole); role {
	case "":
	case writeRole:
		os.Exit(open.writeUntilKilled(os.Args[1]))
	default:
		os.Exit(roles[role](os.Args[1]))
	}
	// Each check works on a disk.
	if err := flag.Set("rapid.checks", "30"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// Child returns a command that runs this test binary in a role, on the history at a
// location.
func Child(t testing.TB, role, location string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self, location)
	// Under the race detector each of these short processes would sleep a second.
	c.Env = append(os.Environ(), childRole+"="+role, "GORACE="+os.Getenv("GORACE")+" atexit_sleep_ms=0")
	return c
}
