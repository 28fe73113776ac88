package host

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"
)

// leastBetween is the time between two samples that tells a rate: over less, the
// kernel's clock tick and single writes would decide.
const leastBetween = time.Second

// Sampler tells what this machine did since it was asked before, and never waits for
// it. Its methods are safe for concurrent use.
type Sampler struct {
	read func(context.Context) (sample, error)
	now  func() time.Time

	mu     sync.Mutex
	before sample
	told   Snapshot
}

// NewSampler takes the first sample, from which the first answer counts. The error is
// ctx's if ctx ends first; otherwise it means that processors or memory could not be
// read.
func NewSampler(ctx context.Context) (*Sampler, error) {
	sys := os.DirFS("/sys")
	return newSampler(ctx, func(ctx context.Context) (sample, error) { return readSample(ctx, sys) }, time.Now)
}

func newSampler(ctx context.Context, read func(context.Context) (sample, error), now func() time.Time) (*Sampler, error) {
	first, err := read(ctx)
	if err != nil {
		return nil, fmt.Errorf("read host: %w", err)
	}
	return &Sampler{read: read, now: now, before: first, told: between(first, first)}, nil
}

// Since is what happened since the answer before. Within a second of that it is the
// same answer again: many who ask do not take the time away from each other. Before
// a second has passed since NewSampler, rates are NaN. The error is that of
// NewSampler; the next answer then counts from the same sample.
func (s *Sampler) Since(ctx context.Context) (Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now().Sub(s.before.at) < leastBetween {
		return s.told, nil
	}
	now, err := s.read(ctx)
	if err != nil {
		return Snapshot{}, fmt.Errorf("read host: %w", err)
	}
	s.told, s.before = between(s.before, now), now
	return s.told, nil
}
