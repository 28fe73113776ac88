package query

import (
	"context"
	"time"
)

// MemorySize returns the bytes of RAM of the guest, what was plugged in since its start included.
func MemorySize(ctx context.Context, q Executor) (uint64, error) {
	answer, err := ask[struct {
		Base    uint64 `json:"base-memory"`
		Plugged uint64 `json:"plugged-memory"`
	}](ctx, q, "query-memory-size-summary", nil)
	return answer.Base + answer.Plugged, err
}

// Balloon returns the bytes of RAM that a balloon leaves the guest. QEMU refuses where there is no balloon.
func Balloon(ctx context.Context, q Executor) (uint64, error) {
	answer, err := ask[struct {
		Actual uint64 `json:"actual"`
	}](ctx, q, "query-balloon", nil)
	return answer.Actual, err
}

// GuestMemory is what a guest's balloon driver tells of its memory.
type GuestMemory struct {
	Total, Available float64   // bytes; negative where the guest does not tell
	At               time.Time // by the clock of QEMU's host; zero where the guest has told nothing yet
}

// PollingInterval returns how often QEMU asks a balloon, whose path is given, for the guest's memory; 0: never.
func PollingInterval(ctx context.Context, q Executor, balloon string) (time.Duration, error) {
	seconds, err := Get[int64](ctx, q, balloon, "guest-stats-polling-interval")
	return time.Duration(seconds) * time.Second, err
}

// BalloonMemory returns what the driver of a balloon, whose path is given, told when it was last asked.
func BalloonMemory(ctx context.Context, q Executor, balloon string) (GuestMemory, error) {
	answer, err := Get[struct {
		Updated int64 `json:"last-update"` // seconds of the Unix epoch
		Stats   struct {
			Total     *float64 `json:"stat-total-memory"`
			Available *float64 `json:"stat-available-memory"`
		} `json:"stats"`
	}](ctx, q, balloon, "guest-stats")
	m := GuestMemory{Total: told(answer.Stats.Total), Available: told(answer.Stats.Available)}
	if answer.Updated > 0 {
		m.At = time.Unix(answer.Updated, 0)
	}
	return m, err
}

// told returns a statistic, negative where it is missing or QEMU's mark of one that the guest does not tell: all ones.
func told(bytes *float64) float64 {
	if bytes == nil || *bytes >= 1<<63 {
		return -1
	}
	return *bytes
}

// A Backend is an object that holds RAM of the guest.
type Backend struct {
	ID, Type string // the type is such as memory-backend-ram
}

// Path returns the path of the object.
func (b Backend) Path() string { return "/objects/" + b.ID }

// Backends lists what holds the RAM of the guest.
func Backends(ctx context.Context, q Executor) ([]Backend, error) {
	used, err := ask[[]struct {
		ID string `json:"id"`
	}](ctx, q, "query-memdev", nil)
	if err != nil {
		return nil, err
	}
	properties, err := Properties(ctx, q, "/objects")
	types := map[string]string{}
	for _, p := range properties {
		types[p.Name], _ = p.Child()
	}
	backends := make([]Backend, len(used))
	for i, u := range used {
		backends[i] = Backend{u.ID, types[u.ID]}
	}
	return backends, err
}
