package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"vmmp/cmd/internal/rows"
	"vmmp/pkg/history"
	"vmmp/pkg/migration"
)

func newRecordCommand(e *env) *cobra.Command {
	var flags recordFlags
	c := &cobra.Command{
		Use:   "record FILE...",
		Short: "Add what came of migrations to a history",
		Long: `Record reads what came of migrations, from what tools print of them or from a
table, and adds it to a history: a file, PostgreSQL, or that of a running vmmp serve
(--url). Without either it is the history that 'vmmp serve' would keep here. FILE -
is standard input.

Files are recognised: virsh domjobinfo --completed, QEMU's query-migrate or info
migrate, the log of a migration in Proxmox, CSV and NDJSON. --from says it.

What was known of the VM before the migration makes the record worth learning from:
it is taken from the feature flags, else from --features, else from the file itself.
With --prediction-id the record is held against the prediction that was made then.

The same migration recorded again changes nothing, for a day at least. What cannot
be read or recorded is told of, the rest goes on, and the exit status is 2.
` + exitHelp,
		Example: `  virsh domjobinfo --completed web-1 | vmmp record - --group web-1 --net 10000 --dirty-rate 40
  vmmp record --from proxmox-log /var/log/pve/tasks/*/*qmigrate* --dry-run
  vmmp record task.log --url https://vmmp.example
  vmmp record migrations.csv --history history.db`,
		RunE: func(c *cobra.Command, args []string) error {
			flags.files, flags.given = args, given(c)
			return runRecord(c.Context(), e, flags)
		},
	}
	flags.add(c.Flags())
	outputFlag(c, &flags.output, "text", "json", "csv", "ndjson")
	explainFeatures(c)
	return c
}

func runRecord(ctx context.Context, e *env, flags recordFlags) error {
	err := errors.Join(usage(flags.check()), checkOutput(flags.output, "text", "json", "csv", "ndjson"))
	if err != nil {
		return err
	}
	known, err := flags.known(ctx, e)
	if err != nil {
		return err
	}
	all, faults, err := flags.read(ctx, e, known)
	if err != nil {
		return err
	}
	var done recording
	if len(all) > 0 { // a place that nothing is kept at is not made
		if done, err = flags.keepAll(ctx, e, all); err != nil {
			return err
		}
	}
	if err := done.write(e, flags.output); err != nil {
		return err
	}
	return usage(errors.Join(faults, errors.Join(done.faults...)))
}

// keepAll records the migrations where the flags say.
func (f *recordFlags) keepAll(ctx context.Context, e *env, all []outcome) (recording, error) {
	place, err := f.open(ctx, e)
	if err != nil {
		return recording{}, err
	}
	done := recording{Where: place.where(), DryRun: f.dryRun}
	err = done.keepAll(ctx, place, all)
	return done, errors.Join(err, place.close())
}

// outcome is a migration to record.
type outcome struct {
	migration.Record
	name string // of its VM
	file string
	key  string // the same whenever the same is recorded again
}

// read reads the migrations of all files. Those that cannot be recorded are faults, told with the others.
func (f *recordFlags) read(ctx context.Context, e *env, known knownBefore) (all []outcome, faults, err error) {
	var wrong []error
	for _, path := range f.files {
		in, err := await(ctx, func() (*rows.File, error) { return e.readRows("FILE", path, f.from) })
		if ctx.Err() != nil {
			return nil, nil, err
		}
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		read, missing := f.outcomes(in, known)
		all = append(all, read...)
		wrong = append(wrong, missing...)
	}
	if f.predictionID != "" && len(all) > 1 {
		return nil, nil, usage(fmt.Errorf("--prediction-id is of one migration, and there are %d: record them one by one",
			len(all)))
	}
	return all, errors.Join(wrong...), nil
}

// outcomes returns the migrations of a file that are over, and what is wrong with the others.
func (f *recordFlags) outcomes(in *rows.File, known knownBefore) (all []outcome, faults []error) {
	seen := map[string]int{}
	var wrong migration.RowErrors
	for i := range in.Rows {
		row := &in.Rows[i]
		if fault := notOver(in, row); fault != nil {
			wrong = append(wrong, fault)
			continue
		}
		o := outcome{Record: row.Record, name: row.Name, file: in.Name}
		o.key = recordKey(&o, f.group, seen)
		o.Features = known.of(row.Name).Or(o.Features)
		if f.group != "" {
			o.Group = f.group
		} else if o.Group == "" {
			o.Group = strings.TrimSpace(row.Name)
		}
		if f.site != "" {
			o.Site = f.site
		}
		if f.predictionID != "" {
			o.PredictionID = f.predictionID
		}
		all = append(all, o)
	}
	if err := wrong.Err(); err != nil {
		faults = append(faults, err)
	}
	return all, faults
}

// notOver returns why a row holds nothing to record, nil if it does.
func notOver(in *rows.File, row *rows.Row) *migration.RowError {
	if row.Fault != nil || row.Report == nil || row.Report.Ended != nil {
		return row.Fault
	}
	message := "tells of no migration that is over: record it once it is"
	if row.Report.Format == "domjobinfo" {
		message += ", from virsh domjobinfo --completed"
	}
	return &migration.RowError{Name: in.Name, Line: row.Report.Line, Faults: migration.Faults{{Message: message}}}
}

// errRecorded is the fault of a migration that stands in the history with other features.
var errRecorded = fmt.Errorf("was recorded before, knowing something else of the VM: it is not recorded again: %w",
	history.ErrKeyReused)
