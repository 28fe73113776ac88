package query

import (
	"context"
	"encoding/json"
	"testing"
	"time"
)

// saying is a QEMU that answers everything with the same words.
type saying []byte

func (s saying) Execute(_ context.Context, _ string, _, result any) error {
	if result == nil {
		return nil
	}
	return json.Unmarshal(s, result)
}

// FuzzAnswers has every question answered by anything: what is read of it is never nonsense that was not said.
func FuzzAnswers(f *testing.F) {
	for _, answer := range []string{
		`{}`, `[]`, `null`, `7`, `"x"`, `{"status": "active", "ram": {"total": 1, "page-size": 4096, "dirty-pages-rate": 9}}`,
		`{"stats": {"stat-total-memory": 18446744073709551615, "stat-available-memory": -1}, "last-update": -5}`,
		`[{"id": "pc.ram", "name": "pc.ram", "type": "child<memory-backend-ram>", "thread-id": 1, "capability": "c", "state": true}]`,
	} {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		ctx, q := context.Background(), saying(answer)
		if m, err := Migrate(ctx, q); err == nil {
			_ = m.Sample(time.Second)
			if m.Active() && m.Ended() {
				t.Errorf("%s is under way and over", answer)
			}
		}
		if m, err := BalloonMemory(ctx, q, "/b"); err == nil && (m.Total >= 1<<63 || m.Available >= 1<<63) {
			t.Errorf("%s is %+v", answer, m)
		}
		if backends, err := Backends(ctx, q); err == nil {
			for _, b := range backends {
				_ = b.Path()
			}
		}
		_, _ = Accelerator(ctx, q)
		_, _ = Blockstats(ctx, q)
		_, _ = Devices(ctx, q)
		_, _ = MemorySize(ctx, q)
		_, _ = MigrateCapabilities(ctx, q)
		_, _ = MigrateParameters(ctx, q)
		_, _ = VCPUs(ctx, q)
		_, _ = UUID(ctx, q)
	})
}
