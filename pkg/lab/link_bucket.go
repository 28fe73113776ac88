package lab

import (
	"math"
	"sync"
	"time"
)

// bucket is a token bucket, kept as the moment up to which the line is sold: a
// chunk of n bytes buys the next n/rate seconds and may leave once they are
// over. All connections of a link share one bucket, and each is served a chunk
// at a time. A nil bucket lets everything through.
//
// Time that the line lags behind the clock can be made up for later, but not all
// of it. Where nobody had anything to send, as much as the burst is kept. Where a
// chunk was ready and its sleeper was woken late, which on a machine busy with
// two emulators happens all the time and by several milliseconds, the line would
// have gone on in truth: that is kept too, up to mostLate, until the line has
// caught up or idles.
type bucket struct {
	rate  float64       // bytes per second
	burst time.Duration // the idle time that is kept

	mu      sync.Mutex
	sold    time.Time     // when all chunks so far have left
	late    time.Duration // the lag behind the clock that is a late sleeper's
	waiting int           // connections that wait for their chunk to leave
	since   time.Time     // when the first of them began to
	limited time.Duration
}

// newBucket returns a full bucket for the link, nil where it is unshaped.
func newBucket(l Link) *bucket {
	if l.Mbps == 0 {
		return nil
	}
	burst := l.burst() / l.rate() * float64(time.Second)
	return &bucket{rate: l.rate(), burst: time.Duration(burst)}
}

// take waits until n bytes may leave. It reports false when the sleeper was
// woken before that; the bytes are then paid for but must not be sent.
func (b *bucket) take(n int, s *sleeper) bool {
	if b == nil {
		return true
	}
	now := time.Now()
	leave := b.buy(n, now)
	if !leave.After(now) {
		return true
	}
	b.enter(now)
	ok := s.until(leave)
	b.leave(time.Now())
	return ok
}

// buy sells the line for the time that n bytes take and returns when it is over.
func (b *bucket) buy(n int, now time.Time) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Sub(b.sold) > b.burst+b.late {
		b.sold = now.Add(-b.burst)
	}
	b.sold = b.sold.Add(time.Duration(math.Ceil(float64(n) / b.rate * float64(time.Second))))
	b.late = min(b.late, max(0, now.Sub(b.sold)))
	return b.sold
}

func (b *bucket) enter(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting == 0 {
		b.since = now
	}
	b.waiting++
}

func (b *bucket) leave(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.late = min(max(b.late, now.Sub(b.sold)), mostLate)
	b.waiting--
	if b.waiting == 0 {
		b.limited += now.Sub(b.since)
	}
}

// wasLimit returns how long at least one connection has waited for the bucket.
func (b *bucket) wasLimit() time.Duration {
	if b == nil {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting > 0 {
		return b.limited + time.Since(b.since)
	}
	return b.limited
}
