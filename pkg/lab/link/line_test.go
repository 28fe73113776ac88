package link

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"
)

// TestDelayLineAgainstQueue makes random moves on a line and on a plain queue of segments, which must show the same.
func TestDelayLineAgainstQueue(t *testing.T) {
	type sent struct {
		data []byte
		due  time.Time
	}
	rng := rand.New(rand.NewPCG(5, 6))
	l := newDelayLine(1000, 300)
	var queue []sent
	held := 0
	for step := range 20000 {
		if rng.IntN(2) == 0 && held < len(l.ring) {
			room := l.room()
			if len(room) == 0 || len(room) > l.chunk || held+len(room) > len(l.ring) {
				t.Fatalf("step %d: room of %d bytes with %d of %d held", step, len(room), held, len(l.ring))
			}
			data := make([]byte, 1+rng.IntN(len(room)))
			for i := range data {
				data[i] = byte(rng.Uint32())
			}
			due := time.Unix(int64(step), 0)
			l.put(copy(room, data), due)
			queue, held = append(queue, sent{data, due}), held+len(data)
		} else if len(queue) > 0 {
			data, due := l.next()
			if !bytes.Equal(data, queue[0].data) || !due.Equal(queue[0].due) {
				t.Fatalf("step %d: %d bytes due %v arrived, want %d due %v", step, len(data), due, len(queue[0].data), queue[0].due)
			}
			l.arrived()
			queue, held = queue[1:], held-len(data)
		}
	}
}

func TestLineEnds(t *testing.T) {
	l := newDelayLine(100, 100)
	l.put(copy(l.room(), "last"), time.Time{})
	l.end()
	if data, _ := l.next(); string(data) != "last" {
		t.Fatalf("after the end %q is under way, want what was put in", data)
	}
	l.arrived()
	if data, _ := l.next(); data != nil {
		t.Errorf("after the last segment came %q", data)
	}
}

func TestLineAborted(t *testing.T) {
	full := newDelayLine(10, 10)
	full.put(len(full.room()), time.Time{})
	room, segment := make(chan []byte), make(chan []byte)
	empty := newDelayLine(10, 10)
	go func() { room <- full.room() }()
	go func() { data, _ := empty.next(); segment <- data }()
	full.abort()
	empty.abort()
	if <-room != nil || <-segment != nil {
		t.Error("an aborted line still carries")
	}
	if data, _ := full.next(); data != nil {
		t.Error("what was under way outlived it")
	}
}

func TestDelayIsWithinItsBoundsAndNeverReorders(t *testing.T) {
	const latency, jitter = 5 * time.Millisecond, 3 * time.Millisecond
	d := &delay{latency: latency, jitter: jitter, rng: rand.New(rand.NewPCG(7, 8))}
	now := time.Now()
	var last time.Time
	least, most := time.Hour, time.Duration(0)
	for range 10000 {
		now = now.Add(time.Duration(rand.N(int64(2 * jitter))))
		due := d.due(now)
		if due.Before(last) {
			t.Fatalf("a chunk is due %v before the one ahead of it", last.Sub(due))
		}
		last = due
		least, most = min(least, due.Sub(now)), max(most, due.Sub(now))
	}
	if least < latency || most > latency+jitter {
		t.Errorf("delays of %v to %v, want within %v to %v", least, most, latency, latency+jitter)
	}
	if least > latency+jitter/10 || most < latency+jitter*9/10 {
		t.Errorf("delays of %v to %v do not use the whole of %v to %v", least, most, latency, latency+jitter)
	}
}
