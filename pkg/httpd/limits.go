package httpd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// LimitBody returns the body of r, of which no more than limit bytes can be read. The error is the answer to a request
// which says that its body is larger.
func LimitBody(w http.ResponseWriter, r *http.Request, limit int64) (io.ReadCloser, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	return http.MaxBytesReader(w, r.Body, limit), nil
}

// ReadBody returns the whole body of r. The error is the answer to one of more than limit bytes, one that came too
// slowly, or one that was cut short.
func ReadBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	limited, err := LimitBody(w, r, limit)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(limited)
	if err != nil {
		return nil, Unread(err)
	}
	return text, nil
}

// Unread returns the answer to a body that could not be read to its end, for the error of reading.
func Unread(err error) *Problem {
	var large *http.MaxBytesError
	var network net.Error
	switch {
	case errors.As(err, &large):
		return tooLarge(large.Limit)
	case errors.As(err, &network) && network.Timeout():
		return NewProblem(http.StatusRequestTimeout, "the body came too slowly: send it at once")
	}
	return Invalid(Fault{Location: "body", Message: "was cut short"})
}

func tooLarge(limit int64) *Problem {
	detail := fmt.Sprintf("the body is larger than %d MiB: send less at a time", limit>>20)
	return NewProblem(http.StatusRequestEntityTooLarge, detail)
}

// CloseAfterwards makes net/http close the connection once the answer is written. Where the answer has begun, which its
// header can no longer say, net/http is only told so by a reader that meets its limit.
func CloseAfterwards(w http.ResponseWriter) {
	for {
		wrapped, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		w = wrapped.Unwrap()
	}
	full := http.MaxBytesReader(w, io.NopCloser(strings.NewReader("more")), 0)
	_, _ = full.Read(make([]byte, 1)) // its error is that it is full
}

// A Semaphore bounds how many requests do something costly at once. Its length is how many do.
type Semaphore chan struct{}

// NewSemaphore returns a Semaphore that n may hold at once.
func NewSemaphore(n int) Semaphore { return make(Semaphore, n) }

// Acquire waits until the caller may go on, which is then to Release it. It returns false if that takes longer than
// patience, or if ctx ends before.
func (s Semaphore) Acquire(ctx context.Context, patience time.Duration) bool {
	select {
	case s <- struct{}{}:
		return true
	case <-ctx.Done():
	case <-time.After(patience):
	}
	return false
}

// Release lets the next one go on.
func (s Semaphore) Release() { <-s }
