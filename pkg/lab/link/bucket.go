package link

import (
	"math"
	"sync"
	"time"
)

// bucket is a token bucket, kept as the moment until which the line is busy: a chunk of n bytes reserves the next
// n/rate seconds and may leave once they are over. All connections of a link share one bucket, and each is served a
// chunk at a time. A nil bucket lets everything through.
//
// Time that the line lags behind the clock can be made up for later, but not all of it. Where nobody had anything to
// send, as much as the burst is kept. Where a chunk was ready and its sleeper was woken late, which on a machine busy
// with two emulators happens all the time and by several milliseconds, the line would have gone on in truth: that is
// kept too, up to maxLateness, until the line has caught up or idles.
type bucket struct {
	rate  float64       // bytes per second
	burst time.Duration // the idle time that is kept

	mu        sync.Mutex
	busyUntil time.Time     // when all chunks so far have left
	late      time.Duration // the lag behind the clock that is a late sleeper's
	waiting   int           // connections that wait for their chunk to leave
	since     time.Time     // when the first of them began to
	limited   time.Duration
}

// newBucket returns a full bucket for the link, nil where it is unshaped.
func newBucket(l Link) *bucket {
	if l.Mbps == 0 {
		return nil
	}
	burst := l.burst() / l.rate() * float64(time.Second)
	return &bucket{rate: l.rate(), burst: time.Duration(burst)}
}

// wait waits until n bytes may leave. It reports false when the sleeper was woken before that; the time is then
// reserved but the bytes must not be sent.
func (b *bucket) wait(n int, s *sleeper) bool {
	if b == nil {
		return true
	}
	now := time.Now()
	leave := b.reserve(n, now)
	if !leave.After(now) {
		return true
	}
	b.enter(now)
	ok := s.until(leave)
	b.leave(time.Now())
	return ok
}

// reserve takes the line for as long as n bytes need and returns when that time is over.
func (b *bucket) reserve(n int, now time.Time) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Sub(b.busyUntil) > b.burst+b.late {
		b.busyUntil = now.Add(-b.burst)
	}
	b.busyUntil = b.busyUntil.Add(time.Duration(math.Ceil(float64(n) / b.rate * float64(time.Second))))
	b.late = min(b.late, max(0, now.Sub(b.busyUntil)))
	return b.busyUntil
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
	b.late = min(max(b.late, now.Sub(b.busyUntil)), maxLateness)
	b.waiting--
	if b.waiting == 0 {
		b.limited += now.Sub(b.since)
	}
}

// limitedFor returns how long at least one connection has waited for the bucket.
func (b *bucket) limitedFor() time.Duration {
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
