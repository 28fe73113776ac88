package history

import (
	"flag"
	"os"
	"testing"
)

// childRole is the variable that makes this test binary play a part in a test of
// several processes.
const childRole = "VMMP_HISTORY_CHILD"

// roles are those parts; each answers an exit code.
var roles = map[string]func(location string) int{"write": writeUntilKilled}

func TestMain(m *testing.M) {
	if role := os.Getenv(childRole); role != "" {
		os.Exit(roles[role](os.Args[1]))
	}
	// Each check works on a disk.
	if err := flag.Set("rapid.checks", "30"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
