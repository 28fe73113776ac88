package host

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"
)

// leastBetween is the time between two samples that gives a rate: over less, the
// kernel's clock tick and single writes would decide.
const leastBetween = time.Second

// A Sampler reports what this machine did since it was last asked, without waiting.
// Its methods are safe for concurrent use.
type Sampler struct {
	read func(context.Context) (sample, error)
	now  func() time.Time

	mu     sync.Mutex
	before sample
	last   Snapshot
}

// NewSampler takes the first sample and returns a sampler that reports from there on.
// The error is that of ctx if ctx ends first; otherwise it means that processors or
// memory could not be read.
func NewSampler(ctx context.Context) (*Sampler, error) {
	sys := os.DirFS("/sys")
	return newSampler(ctx, func(ctx context.Context) (sample, error) { return readSample(ctx, sys) }, time.Now)
}

func newSampler(
	ctx context.Context, read func(context.Context) (sample, error), now func() time.Time,
) (*Sampler, error) {
	first, err := read(ctx)
	if err != nil {
		return nil, fmt.Errorf("read host: %w", err)
	}
	return &Sampler{read: read, now: now, before: first, last: between(first, first)}, nil
}

// Since returns what happened since the previous call. Within a second of that it
// returns the same snapshot again, so that many callers do not take the time away from
// each other. Until a second has passed since NewSampler, rates are NaN. Errors are
// those of NewSampler; the next call then reports from the same sample.
func (s *Sampler) Since(ctx context.Context) (Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now().Sub(s.before.at) < leastBetween {
		return s.last, nil
	}
	now, err := s.read(ctx)
	if err != nil {
		return Snapshot{}, fmt.Errorf("read host: %w", err)
	}
	s.last, s.before = between(s.before, now), now
	return s.last, nil
}
