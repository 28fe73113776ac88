package query

import (
	"context"
	"errors"

	"vmmp/pkg/qmp"
)

// An Executor gives commands to a QEMU and stores what they return, as qmp.Client.Execute does.
type Executor interface {
	Execute(ctx context.Context, command string, arguments, result any) error
}

// ask gives a command that returns a T.
func ask[T any](ctx context.Context, q Executor, command string, arguments any) (T, error) {
	var answer T
	err := q.Execute(ctx, command, arguments, &answer)
	return answer, err
}

// The states of a QEMU, of the RunState of its schema, that say something of migration.
const (
	Running       = "running"
	Paused        = "paused"
	Suspended     = "suspended"
	Shutdown      = "shutdown"       // the guest has shut down, QEMU has not ended
	InMigrate     = "inmigrate"      // waits for a migration, or receives one
	FinishMigrate = "finish-migrate" // stopped to send the rest
	PostMigrate   = "postmigrate"    // its guest has moved away
)

// Status returns what a QEMU does: Running, Paused, ...
func Status(ctx context.Context, q Executor) (string, error) {
	answer, err := ask[struct {
		Status string `json:"status"`
	}](ctx, q, "query-status", nil)
	return answer.Status, err
}

// Name returns the name that the guest was given (-name), empty where it has none.
func Name(ctx context.Context, q Executor) (string, error) {
	answer, err := ask[struct {
		Name string `json:"name"`
	}](ctx, q, "query-name", nil)
	return answer.Name, err
}

// UUID returns the guest's (-uuid), empty where it has none.
func UUID(ctx context.Context, q Executor) (string, error) {
	const none = "00000000-0000-0000-0000-000000000000"
	answer, err := ask[struct {
		UUID string `json:"UUID"`
	}](ctx, q, "query-uuid", nil)
	if answer.UUID == none {
		return "", err
	}
	return answer.UUID, err
}

// Accelerator returns what runs the guest, such as kvm, tcg or hvf; empty where an old QEMU only says that it is not
// KVM, and could not be.
func Accelerator(ctx context.Context, q Executor) (string, error) {
	newer, err := ask[struct {
		Enabled string `json:"enabled"`
	}](ctx, q, "query-accelerators", nil) // since 10.2
	if !Unknown(err) {
		return newer.Enabled, err
	}
	older, err := ask[struct {
		Enabled bool `json:"enabled"`
		Present bool `json:"present"`
	}](ctx, q, "query-kvm", nil)
	switch {
	case err != nil || !older.Present:
		return "", err
	case older.Enabled:
		return "kvm", nil
	}
	return "tcg", nil
}

// Unknown reports whether err is a QEMU's that does not know a command.
func Unknown(err error) bool {
	refused, ok := errors.AsType[*qmp.Error](err)
	return ok && refused.Class == qmp.CommandNotFound
}

// A VCPU is a virtual processor.
type VCPU struct {
	Index  int `json:"cpu-index"`
	Thread int `json:"thread-id"` // of QEMU's process, as its own PID namespace numbers it; emulated ones may share one
}

// VCPUs returns the guest's virtual processors.
func VCPUs(ctx context.Context, q Executor) ([]VCPU, error) {
	return ask[[]VCPU](ctx, q, "query-cpus-fast", nil)
}

// Blockstats returns the bytes that the guest has read from and written to all its disks since its QEMU started.
func Blockstats(ctx context.Context, q Executor) (uint64, error) {
	devices, err := ask[[]struct {
		Stats struct {
			Read    uint64 `json:"rd_bytes"`
			Written uint64 `json:"wr_bytes"`
		} `json:"stats"`
	}](ctx, q, "query-blockstats", nil)
	var sum uint64
	for _, device := range devices {
		sum += device.Stats.Read + device.Stats.Written
	}
	return sum, err
}
