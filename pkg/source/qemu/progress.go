package qemu

import (
	"context"
	"fmt"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/qmp"
	"vmmp/pkg/qmp/query"
	"vmmp/pkg/source"
)

// Progress returns how the migration out of this QEMU goes. One that comes in is its source's to tell.
func (p *place) Progress(ctx context.Context, vm source.VM) (out source.Progress, err error) {
	err = p.on(ctx, vm, func(s *session) error {
		now, m, err := describe(ctx, s)
		if err != nil {
			return err
		}
		switch {
		case !m.Active():
			return fmt.Errorf("%w: QEMU at %s tells of none under way", source.ErrNotMigrating, p.at)
		case m.RAM.Total == 0 && now.State == source.Stopped:
			return fmt.Errorf("%w: QEMU at %s receives one: ask its source", source.ErrNotMigrating, p.at)
		case m.RAM.Total == 0:
			return fmt.Errorf("%w: QEMU at %s sets one up (%s), and has sent nothing yet",
				source.ErrNotMigrating, p.at, m.Status)
		}
		elapsed := time.Duration(m.TotalTime) * time.Millisecond
		out = source.Progress{VM: now, Started: time.Now().Add(-elapsed), Sample: m.Sample(elapsed)}
		out.Version = version(s.Version())
		out.Settings, err = inForce(ctx, s, m)
		return err
	})
	return out, err
}

func version(v qmp.Version) float64 { return migration.VersionNumber(v.Major, v.Minor) }

// inForce returns what a migration is made with, and QEMU's version.
func inForce(ctx context.Context, s *session, m query.Migration) (x migration.Features, err error) {
	parameters, err := query.MigrateParameters(ctx, s)
	if err != nil {
		return x, err
	}
	on, err := query.MigrateCapabilities(ctx, s)
	if err != nil {
		return x, err
	}
	for _, f := range settings(parameters, on) {
		x.Set(f.feature, f.value)
	}
	if m.Postcopy() {
		x.Set(migration.Method, migration.MethodPostcopy)
	}
	x.Set(migration.HypervisorVersion, version(s.Version()))
	for _, fault := range x.CheckBounds() {
		if f, ok := migration.Lookup(fault.Location); ok {
			x = x.Only(x.Known() &^ migration.Of(f))
		}
	}
	return x, nil
}
