package qmp

import (
	"encoding/json"
	"sync/atomic"
	"time"
)

// MaxEvents is the number of unread events that a Client keeps. A migration makes some tens.
const MaxEvents = 4096

// Event is what a server reports unasked, such as STOP, RESUME or MIGRATION.
type Event struct {
	Name string
	At   time.Time       // by the clock of QEMU's host; zero if QEMU could not tell
	Data json.RawMessage // an object, nil for an event without any
}

// eventQueue holds events that have not been read yet.
type eventQueue struct {
	unread chan Event
	lost   atomic.Uint64
}

func newEventQueue() *eventQueue { return &eventQueue{unread: make(chan Event, MaxEvents)} }

// put queues an event, in the place of the oldest one if need be. Only one goroutine may put.
func (q *eventQueue) put(e Event) {
	for {
		select {
		case q.unread <- e:
			return
		default:
		}
		select {
		case <-q.unread:
			q.lost.Add(1)
		default: // read meanwhile
		}
	}
}

// discard forgets the events that have come so far.
func (q *eventQueue) discard() {
	for {
		select {
		case _, ok := <-q.unread:
			if !ok {
				return
			}
		default:
			return
		}
	}
}
