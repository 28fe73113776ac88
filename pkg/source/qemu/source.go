package qemu

import (
	"context"
	"fmt"
	"os"

	"vmmp/pkg/host"
	"vmmp/pkg/qmp/query"
	"vmmp/pkg/source"
)

// place is one QEMU. It implements source.Source.
type place struct {
	at         address
	connection *connection
}

// Open finds the monitor at an address and asks it once, so that what is wrong with it is known here. Errors say what
// is wrong in one line; they wrap source.ErrGone where nothing listens, source.ErrDenied where the socket may not be
// opened, and context.DeadlineExceeded where it says nothing, as one that serves another client does.
func Open(ctx context.Context, address string) (source.Source, error) {
	at, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	p := &place{at, newConnection(at)}
	if _, err := p.List(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

// List returns the one VM.
func (p *place) List(ctx context.Context) ([]source.VM, error) {
	var vm source.VM
	err := p.connection.use(ctx, func(s *session) (err error) {
		vm, _, err = describe(ctx, s)
		return err
	})
	if err != nil {
		return nil, err
	}
	return []source.VM{vm}, nil
}

// Close gives the monitor back.
func (p *place) Close() error { return p.connection.close() }

// on calls f with a session to the QEMU of a VM, which must be this one.
func (p *place) on(ctx context.Context, vm source.VM, f func(*session) error) error {
	if vm.ID != p.at.String() {
		return fmt.Errorf("%w at QEMU's monitor %s: %s is not its id", source.ErrUnknownVM, p.at, vm.ID)
	}
	return p.connection.use(ctx, f)
}

// describe returns what a QEMU says of its VM, and of its migration.
func describe(ctx context.Context, s *session) (vm source.VM, m query.Migration, err error) {
	name, err := query.Name(ctx, s)
	if err != nil {
		return vm, m, err
	}
	uuid, err := query.UUID(ctx, s)
	if err != nil {
		return vm, m, err
	}
	status, err := query.Status(ctx, s)
	if err != nil {
		return vm, m, err
	}
	if m, err = query.Migrate(ctx, s); err != nil {
		return vm, m, err
	}
	vm = source.VM{ID: s.at.String(), Name: name, State: state(status, m)}
	if name == "" {
		vm.Name = s.at.label()
	}
	vm.Labels = map[string]string{"status": status, "qemu": s.Version().String()}
	if uuid != "" {
		vm.Labels["uuid"] = uuid
	}
	vm.Host, err = hostOf(ctx, s)
	return vm, m, err
}

// hostOf returns the name of this machine where the QEMU runs on it; a socket may be forwarded from another.
func hostOf(ctx context.Context, s *session) (string, error) {
	if s.process == 0 {
		return "", nil
	}
	vcpus, err := query.VCPUs(ctx, s)
	if err != nil || len(vcpus) == 0 {
		return "", err
	}
	if _, err := host.ThreadTime(s.process, vcpus[0].Thread); err != nil {
		return "", nil //nolint:nilerr // it is not a process of this machine, or none that may be read
	}
	name, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("read the name of this machine: %w", err)
	}
	return name, nil
}

// state returns what a VM does. One that waits for a migration, or whose guest has moved away, does not run here.
func state(status string, m query.Migration) source.State {
	switch {
	case status == query.InMigrate, status == query.PostMigrate, status == query.Shutdown:
		return source.Stopped
	case m.Active(), status == query.FinishMigrate:
		return source.Migrating
	case status == query.Running:
		return source.Running
	}
	return source.Paused
}
