package cmd

import (
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the golden files anew")

// commands are the programs that the scripts, and the tests that need a process,
// find in their PATH; each is this test binary under another name.
var commands = map[string]func(){
	"vmmp": func() { os.Exit(Execute()) },
}

func TestMain(m *testing.M) {
	// Under the race detector each of these short processes would sleep a second.
	if err := os.Setenv(raceOptions, os.Getenv(raceOptions)+" atexit_sleep_ms=0"); err != nil {
		panic(err)
	}
	testscript.Main(m, commands)
}

// raceOptions is the variable that the race detector reads.
const raceOptions = "GORACE"

// TestScripts tells each story in testdata to the program itself. Figures of the
// embedded model change whenever it is retrained, so that none is asserted.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "../testdata",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv(raceOptions, os.Getenv(raceOptions))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     scriptExits,
			"fault":     scriptFault,
			"json":      scriptJSON,
			"cell":      scriptCell,
			"samecells": scriptSameCells,
			"damage":    scriptDamage,
			"listing":   scriptListing,
		},
	})
}
