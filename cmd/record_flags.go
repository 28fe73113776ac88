package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"vmmp/cmd/internal/rows"
	"vmmp/pkg/config"
	"vmmp/pkg/history"
	"vmmp/pkg/migration"
)

// recordFlags are those of `vmmp record`.
type recordFlags struct {
	features     featureFlags
	featuresFile string
	from         string
	history      string
	url          string
	token        string
	predictionID string
	group        string
	site         string
	model        string
	dryRun       bool
	output       string

	files []string
	given map[string]bool // the flags that were typed, not only defaulted to
}

// add declares the flags.
func (f *recordFlags) add(set *pflag.FlagSet) {
	f.features.add(set)
	set.StringVar(&f.from, "from", "", formatHelp("FILE"))
	set.StringVar(&f.history, "history", "",
		"FILE or postgres://... to record in (default: where 'vmmp serve' would keep it)")
	set.StringVar(&f.url, "url", "", "vmmp serve to record at, such as https://vmmp.example")
	set.StringVar(&f.token, "token", "", "bearer token for --url (default: VMMP_TOKEN)")
	set.StringVar(&f.featuresFile, "features", "",
		"file of what was known of the VMs before: one row for all, or a row for each name")
	set.StringVar(&f.predictionID, "prediction-id", "", "prediction_id of the answer given before the migration")
	set.StringVar(&f.group, "group", "", "workload or VM that the migrations are of (default: the name that FILE tells)")
	set.StringVar(&f.site, "site", "", "hosts and network that they were made at")
	set.StringVar(&f.model, "model", "", "model file that says afterwards what it would have predicted "+
		"(default: the one that 'vmmp serve' would answer with)")
	set.BoolVar(&f.dryRun, "dry-run", false, "show what would be recorded")
}

// check refuses flags that do not go together.
func (f *recordFlags) check() error {
	switch {
	case len(f.files) == 0:
		return errors.New("name a FILE of what came of migrations, or - for standard input")
	case f.url != "" && f.given["history"]:
		return errors.New("--url records at a server, --history in a place of your own: leave one out")
	case f.given["history"] && f.history == "":
		return errors.New("--history is empty: name a file, or a URL like postgres://user@host/database")
	case f.history == config.NoHistory:
		return errors.New("--history none keeps nothing: name a file, or a URL like postgres://user@host/database")
	case f.url == "" && f.given["token"]:
		return errors.New("--token is for the vmmp serve at --url: give --url too")
	case f.url != "" && f.given["model"]:
		return errors.New("--model answers beside a history of your own: the server at --url has its own, leave out --model")
	case f.from != "" && !rows.IsFormat(f.from):
		return fmt.Errorf("--from %s is not read; take %s", f.from, strings.Join(rows.Formats, ", "))
	case f.given["history"] && !history.IsFile(f.history) && !strings.HasPrefix(f.history, "postgres"):
		return fmt.Errorf("--history %s is no history that is known: "+
			"name a file, or a URL like postgres://user@host/database", history.Redact(f.history))
	}
	return nil
}

// knownBefore is what was known of the VMs before their migrations.
type knownBefore struct {
	all   migration.Features            // of every VM
	named map[string]migration.Features // of one by its name
}

// of returns what was known of the VM of a name.
func (k knownBefore) of(name string) migration.Features { return k.all.Or(k.named[name]) }

// known reads what was known before.
func (f *recordFlags) known(ctx context.Context, e *env) (knownBefore, error) {
	x, faults := f.features.parse()
	known := knownBefore{all: x, named: map[string]migration.Features{}}
	if err := usage(faults.Err()); err != nil || f.featuresFile == "" {
		return known, err
	}
	in, err := await(ctx, func() (*rows.File, error) {
		in, err := e.readRows("--features", f.featuresFile, "")
		return in, usage(err)
	})
	if err != nil {
		return known, err
	}
	if err := in.Faults().Err(); err != nil {
		return known, usage(err)
	}
	if len(in.Rows) == 1 {
		known.all = known.all.Or(in.Rows[0].Record.Features)
		return known, nil
	}
	for i := range in.Rows {
		row := &in.Rows[i]
		name := row.Name
		if name == "" {
			name = row.Record.Group
		}
		if name == "" {
			return known, usage(fmt.Errorf("--features %s has %d rows, and row %d does not name its VM: add a column name",
				f.featuresFile, len(in.Rows), i+1))
		}
		known.named[name] = row.Record.Features
	}
	return known, nil
}
