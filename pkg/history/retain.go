package history

import (
	"context"
	"time"
)

// retainEvery is how often a history is pruned: often enough that no count is
// exceeded by much, seldom enough to cost nothing.
const retainEvery = time.Minute

// Retain prunes the store at once and then every minute until ctx ends, and
// reports each pruning that deleted something or failed.
func Retain(ctx context.Context, s Store, keep Retention, report func(deleted int64, err error)) {
	ticker := time.NewTicker(retainEvery)
	defer ticker.Stop()
	for {
		deleted, err := s.Prune(ctx, keep)
		if ctx.Err() != nil {
			return
		}
		if deleted > 0 || err != nil {
			report(deleted, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
