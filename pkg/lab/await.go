package lab

import (
	"context"
	"fmt"
)

// await waits for the next event of a name; those before it are passed over.
func await(ctx context.Context, events <-chan event, name string) (event, error) {
	for {
		select {
		case <-ctx.Done():
			return event{}, ctx.Err()
		case e, ok := <-events:
			if !ok {
				return event{}, fmt.Errorf("wait for %s: %w", name, errGone)
			}
			if e.Name == name {
				return e, nil
			}
		}
	}
}

// drain forgets the events that have come so far.
func drain(events <-chan event) {
	for {
		select {
		case _, ok := <-events:
			if !ok {
				return
			}
		default:
			return
		}
	}
}
