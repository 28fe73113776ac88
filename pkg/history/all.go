package history

import (
	"context"
	"iter"
)

// All yields everything that the query chooses, newest first, reading Query.Limit
// entries at a time. What is appended meanwhile is not among it. An error is the last
// thing it yields.
func All(ctx context.Context, s Store, q Query) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for {
			page, err := s.Read(ctx, q)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
			}
			if len(page) < q.PageSize() {
				return
			}
			q.Before = page[len(page)-1].ID
		}
	}
}
