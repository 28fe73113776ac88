package cmd

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"
)

// predictFlags are those of `vmmp predict`.
type predictFlags struct {
	features    featureFlags
	live        bool
	pid         int
	explain     bool
	maxDowntime time.Duration
	assurance   float64
	model       string
	site        string
	input       string
	format      string
	output      string

	given map[string]bool // the flags that were typed, not only defaulted to
}

// add declares the flags.
func (f *predictFlags) add(set *pflag.FlagSet) {
	f.features.add(set)
	set.BoolVar(&f.live, "live", false, "take what is not given from this machine, measured over one second")
	set.IntVar(&f.pid, "pid", 0, "take what is not given from the QEMU of this process id, measured over one second: "+
		"what the host holds of its memory, and where zeros lie")
	set.BoolVar(&f.explain, "explain", false, "say which feature changes the prediction by which factor")
	set.DurationVar(&f.maxDowntime, "max-downtime", 0, "exit 3 unless the pause stays under this, such as 300ms")
	set.Float64Var(&f.assurance, "assurance", 0.9, "probability that --max-downtime asks for")
	set.StringVar(&f.model, "model", "", "model file (default: the embedded model)")
	set.StringVar(&f.site, "site", "", "recorded migrations of your site, a CSV or NDJSON file or a history: "+
		"they correct the answer")
	set.StringVar(&f.input, "input", "", "file of migrations to answer, - for standard input")
	set.StringVar(&f.format, "format", "", "form of --input: csv or ndjson (default: by the file's name, else csv)")
}

// check refuses flags that do not go together.
func (f predictFlags) check() error {
	switch {
	case f.given["max-downtime"] && f.maxDowntime <= 0:
		return fmt.Errorf("--max-downtime %v must be above 0", f.maxDowntime)
	case f.given["assurance"] && !f.given["max-downtime"]:
		return errors.New("--assurance says how surely --max-downtime must be kept, and no --max-downtime was given")
	case !(f.assurance > 0 && f.assurance < 1):
		return fmt.Errorf("--assurance %g must be above 0 and below 1", f.assurance)
	case f.input == "" && f.format != "":
		return errors.New("--format says what --input is, and no --input was given")
	case f.given["pid"] && f.pid < 1:
		return fmt.Errorf("--pid %d must be the id of a process", f.pid)
	case f.live && f.pid > 0:
		return errors.New("--live takes this machine for the VM, --pid one that runs on it: leave one out")
	case f.input != "" && (f.live || f.pid > 0 || f.features.any()):
		return errors.New("--input brings the features of every row: leave out --live, --pid and the feature flags")
	case f.input != "" && f.explain:
		return errors.New("--explain explains one prediction: leave out --input")
	}
	return nil
}
