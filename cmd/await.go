package cmd

import "context"

// await returns what read returns, or ctx's error as soon as ctx ends. A read may wait for ever, as on a pipe that
// nobody writes to, and knows no context; it must leave nothing behind that somebody would have to clear away.
func await[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		value, err := read()
		done <- answer{value, err}
	}()
	select {
	case a := <-done:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
