package link

import (
	"math/rand/v2"
	"sync"
	"time"
)

// delayLine is a ring of bytes between the goroutine that puts them in and the one that takes them out when they are
// due. It holds no more than its length, so that a sender feels a slow line and not this program's memory.
type delayLine struct {
	ring  []byte
	chunk int // the most bytes put in at a time

	mu       sync.Mutex
	changed  sync.Cond
	first    int       // where the oldest byte lies in the ring
	held     int       // bytes in the ring
	segments []segment // the same bytes in the pieces they were put in
	ended    bool      // nothing more is put in
	aborted  bool      // nothing more goes in or out
}

// segment is a run of bytes that leaves the line at once.
type segment struct {
	size int
	due  time.Time
}

func newDelayLine(length, chunk int) *delayLine {
	l := &delayLine{ring: make([]byte, length), chunk: chunk}
	l.changed.L = &l.mu
	return l
}

// room waits for free space and returns up to a chunk of it, nil when the line was aborted. The next put fills its
// beginning.
func (l *delayLine) room() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.held == len(l.ring) && !l.aborted {
		l.changed.Wait()
	}
	if l.aborted {
		return nil
	}
	begin := (l.first + l.held) % len(l.ring)
	free := min(len(l.ring)-l.held, len(l.ring)-begin, l.chunk)
	return l.ring[begin : begin+free]
}

// put sends off the first n bytes of the room that was given.
func (l *delayLine) put(n int, due time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held += n
	l.segments = append(l.segments, segment{n, due})
	l.changed.Broadcast()
}

// next waits for a segment and returns its bytes, which are valid until arrived, and when they are due: nil when the
// last has arrived or the line was aborted.
func (l *delayLine) next() ([]byte, time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.segments) == 0 && !l.ended && !l.aborted {
		l.changed.Wait()
	}
	if len(l.segments) == 0 || l.aborted {
		return nil, time.Time{}
	}
	p := l.segments[0]
	return l.ring[l.first : l.first+p.size], p.due
}

// arrived frees the segment that next returned.
func (l *delayLine) arrived() {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.segments[0].size
	l.segments = l.segments[1:]
	l.first = (l.first + n) % len(l.ring)
	l.held -= n
	l.changed.Broadcast()
}

// end lets next return nil after the last segment.
func (l *delayLine) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.changed.Broadcast()
}

// abort releases both sides at once; what is under way is lost.
func (l *delayLine) abort() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.aborted = true
	l.changed.Broadcast()
}

// delay draws when chunks arrive.
type delay struct {
	latency, jitter time.Duration
	rng             *rand.Rand
	last            time.Time
}

// due returns when a chunk arrives that left now, not before the one that left before it.
func (d *delay) due(now time.Time) time.Time {
	t := now.Add(d.latency + time.Duration(d.rng.Float64()*float64(d.jitter)))
	if t.Before(d.last) {
		t = d.last
	}
	d.last = t
	return t
}
