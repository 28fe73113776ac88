package lab

import (
	"math/rand/v2"
	"sync"
	"time"
)

// line is the cable: a ring of bytes between the goroutine that puts them in and
// the one that takes them out when they are due. It holds no more than its
// length, so that a sender feels a slow line and not our memory.
type line struct {
	ring  []byte
	chunk int // the most bytes put in at a time

	mu      sync.Mutex
	changed sync.Cond
	first   int      // where the oldest byte lies in the ring
	held    int      // bytes in the ring
	parcels []parcel // the same bytes in the pieces they were put in
	ended   bool     // nothing more is put in
	cut     bool     // nothing more goes in or out
}

// parcel is a run of bytes that leaves the line at once.
type parcel struct {
	size int
	due  time.Time
}

func newLine(length, chunk int) *line {
	l := &line{ring: make([]byte, length), chunk: chunk}
	l.changed.L = &l.mu
	return l
}

// room waits for free space and returns up to a chunk of it, nil when the line
// was cut. The next put fills its beginning.
func (l *line) room() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.held == len(l.ring) && !l.cut {
		l.changed.Wait()
	}
	if l.cut {
		return nil
	}
	begin := (l.first + l.held) % len(l.ring)
	free := min(len(l.ring)-l.held, len(l.ring)-begin, l.chunk)
	return l.ring[begin : begin+free]
}

// put sends off the first n bytes of the room that was given.
func (l *line) put(n int, due time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held += n
	l.parcels = append(l.parcels, parcel{n, due})
	l.changed.Broadcast()
}

// next waits for a parcel and returns its bytes, which are valid until arrived,
// and when they are due: nil when the last has arrived or the line was cut.
func (l *line) next() ([]byte, time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.parcels) == 0 && !l.ended && !l.cut {
		l.changed.Wait()
	}
	if len(l.parcels) == 0 || l.cut {
		return nil, time.Time{}
	}
	p := l.parcels[0]
	return l.ring[l.first : l.first+p.size], p.due
}

// arrived frees the parcel that next returned.
func (l *line) arrived() {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.parcels[0].size
	l.parcels = l.parcels[1:]
	l.first = (l.first + n) % len(l.ring)
	l.held -= n
	l.changed.Broadcast()
}

// end says that nothing more will be put in.
func (l *line) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.changed.Broadcast()
}

// sever frees both sides at once; what is under way is lost.
func (l *line) sever() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	l.changed.Broadcast()
}

// delay draws when chunks arrive.
type delay struct {
	latency, jitter time.Duration
	rng             *rand.Rand
	last            time.Time
}

// due returns when a chunk arrives that left now, not before the one that left
// before it.
func (d *delay) due(now time.Time) time.Time {
	t := now.Add(d.latency + time.Duration(d.rng.Float64()*float64(d.jitter)))
	if t.Before(d.last) {
		t = d.last
	}
	d.last = t
	return t
}
