package cmd

import (
	"cmp"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"vmmp/pkg/model"
)

// version is set by the linker in released builds.
var version = ""

// versionFlags are those of `vmmp version`.
type versionFlags struct{ output string }

// build says what this binary is.
type build struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go"`
	Model   string `json:"model"` // id of the embedded model
}

func newVersionCommand(e *env) *cobra.Command {
	var f versionFlags
	c := &cobra.Command{
		Use:   "version",
		Short: "Show the version of vmmp and of its embedded model",
		Args:  noArguments,
		RunE:  func(*cobra.Command, []string) error { return runVersion(e, f) },
	}
	outputFlag(c, &f.output, "text", "json")
	return c
}

func runVersion(e *env, f versionFlags) error {
	if err := checkOutput(f.output, "text", "json"); err != nil {
		return err
	}
	m, err := model.Default()
	if err != nil {
		return err
	}
	b := thisBuild()
	b.Model = m.ID()
	if f.output == "json" {
		return e.writeJSON(b)
	}
	_, err = fmt.Fprintf(e.stdout, "vmmp %s (commit %s, %s, model %s)\n",
		b.Version, cmp.Or(b.Commit, "unknown"), b.Go, b.Model)
	return err
}

// thisBuild returns the running program, without its model.
func thisBuild() build {
	b := build{Version: version}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Go = info.GoVersion
	if b.Version == "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Commit = s.Value
		}
	}
	return b
}
