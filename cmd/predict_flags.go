package cmd

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"vmmp/cmd/internal/render"
	"vmmp/cmd/internal/rows"
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

	place placeFlags
	vm    string // its name, an argument
	all   bool
	sort  string
	to    string
	quick bool
	curve bool

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
	set.StringVar(&f.site, "site", "", "recorded migrations of your site, a file of rows, logs or a history: "+
		"they correct the answer")
	set.StringVar(&f.input, "input", "", "file of migrations to answer, - for standard input")
	set.StringVar(&f.format, "format", "", formatHelp("--input, else of --site"))
	f.place.add(set)
	set.BoolVar(&f.all, "all", false, "answer for every running VM of the place")
	set.StringVar(&f.sort, "sort", "downtime", "order of --all: "+strings.Join(orders(), ", "))
	set.StringVar(&f.to, "to", "", "host that the VM would be moved to, where the place knows its links")
	set.BoolVar(&f.quick, "quick", false,
		"read only what the place knows: do not measure what the VM dirties, for a second")
	set.BoolVar(&f.curve, "curve", false,
		"measure what the VM dirties over windows of 0.1 s to 3 s, which takes that long")
}

// orders are the ways to sort VMs.
func orders() []string { return slices.Sorted(maps.Keys(render.Orders)) }

// ofPlace reports whether a VM of a place is asked about.
func (f predictFlags) ofPlace() bool { return f.vm != "" || f.all || len(f.place.flags()) > 0 }

// checkPlace refuses flags that do not go together with a VM of a place, or only with it.
func (f predictFlags) checkPlace() error {
	if !f.ofPlace() {
		for _, name := range []string{"sort", "to", "quick", "curve", "mapping", "place-timeout"} {
			if f.given[name] {
				return fmt.Errorf("--%s is of a VM of a place, and none was named; %w", name, errNoPlace)
			}
		}
		return nil
	}
	if err := f.place.check(f.given); err != nil {
		return err
	}
	switch {
	case f.input != "" || f.live || f.pid > 0:
		return errors.New("a VM of a place is told by its place: leave out --input, --live and --pid")
	case f.all && f.vm != "":
		return fmt.Errorf("--all answers for every VM, and %q names one: leave one out", f.vm)
	case f.all && f.explain:
		return errors.New("--explain explains one prediction: name a VM in place of --all")
	case !f.all && f.vm == "" && f.place.qmp == "":
		return errors.New("name a VM, or answer for all with --all")
	case f.given["sort"] && !f.all:
		return errors.New("--sort is of --all, and that was not given")
	case !slices.Contains(orders(), f.sort):
		return fmt.Errorf("--sort %s is no order; take one of %s", f.sort, strings.Join(orders(), ", "))
	case f.quick && f.curve:
		return errors.New("--curve measures what --quick leaves out: take one of them")
	}
	return nil
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
	case f.input == "" && f.site == "" && f.format != "":
		return errors.New("--format says what --input or --site is, and neither was given")
	case f.given["pid"] && f.pid < 1:
		return fmt.Errorf("--pid %d must be the id of a process", f.pid)
	case f.live && f.pid > 0:
		return errors.New("--live takes this machine for the VM, --pid one that runs on it: leave one out")
	case f.input != "" && (f.live || f.pid > 0 || f.features.any()):
		return errors.New("--input brings the features of every row: leave out --live, --pid and the feature flags")
	case f.input != "" && f.explain:
		return errors.New("--explain explains one prediction: leave out --input")
	}
	if err := f.checkPlace(); err != nil {
		return err
	}
	return checkFormat(f.format)
}

// formatHelp returns the help of a flag --format of what is named.
func formatHelp(of string) string {
	return "form of " + of + ": " + strings.Join(rows.Formats, ", ") + " (default: recognised, else by its name, else csv)"
}
