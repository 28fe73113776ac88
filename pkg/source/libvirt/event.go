package libvirt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"

	golibvirt "github.com/digitalocean/go-libvirt"
)

// The events that are listened to: what libvirt registers them as, and the procedures that bring them.
const (
	lifecycleProcedure = 318
	iterationProcedure = 359
	completedProcedure = 363
)

// An event is what libvirt tells of a domain by itself.
type event struct {
	procedure uint32
	domain    golibvirt.Domain
	kind      int32 // of a lifecycle event, golibvirt.DomainEventType; of an iteration, its number
	detail    int32 // of a lifecycle event
	job       params
}

// decodeEvent reads an event's body; ok is false for events that are not listened to.
func decodeEvent(procedure uint32, body []byte) (e event, ok bool, err error) {
	d := decoder{rest: body}
	d.word() // the number that the listener was given
	e = event{procedure: procedure, domain: d.domain()}
	switch procedure {
	case lifecycleProcedure:
		e.kind, e.detail = int32(d.word()), int32(d.word())
	case iterationProcedure:
		e.kind = int32(d.word())
	case completedProcedure:
		e.job = d.params()
	default:
		return event{}, false, nil
	}
	return e, true, d.err
}

// A decoder reads XDR (RFC 4506). After a fault it reads zeros.
type decoder struct {
	rest []byte
	err  error
}

var errShort = errors.New("an event ends too early")

// take returns the next n bytes, and leaves out those up to a multiple of four.
func (d *decoder) take(n uint32) []byte {
	padded := (uint64(n) + 3) &^ 3
	if d.err != nil || padded > uint64(len(d.rest)) {
		d.err = errors.Join(d.err, errShort)
		d.rest = nil
		return nil
	}
	taken := d.rest[:n]
	d.rest = d.rest[padded:]
	return taken
}

func (d *decoder) word() uint32 {
	if b := d.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) long() uint64 { return uint64(d.word())<<32 | uint64(d.word()) }

func (d *decoder) text() string { return string(d.take(d.word())) }

func (d *decoder) domain() golibvirt.Domain {
	name := d.text()
	var id golibvirt.UUID
	copy(id[:], d.take(uint32(len(id))))
	return golibvirt.Domain{Name: name, UUID: id, ID: int32(d.word())}
}

// params reads typed parameters.
func (d *decoder) params() params {
	read := params{}
	for n := d.word(); n > 0 && d.err == nil; n-- {
		name := d.text()
		switch kind := d.word(); kind {
		case 1, 6:
			read[name] = float64(int32(d.word()))
		case 2:
			read[name] = float64(d.word())
		case 3:
			read[name] = float64(int64(d.long()))
		case 4:
			read[name] = float64(d.long())
		case 5:
			read[name] = math.Float64frombits(d.long())
		case 7:
			d.text() // no text is of use here
		default:
			d.err = errors.Join(d.err, fmt.Errorf("an event has a parameter of the unknown type %d", kind))
		}
	}
	return read
}

// A queue holds events until they are taken. It grows rather than make the connection wait, on which answers come, too.
type queue struct {
	mu     sync.Mutex
	events []event
	filled chan struct{} // holds something while there may be events
}

func newQueue() *queue { return &queue{filled: make(chan struct{}, 1)} }

// put adds what an event says. One that cannot be read is left out: the next one may be of use.
func (q *queue) put(procedure uint32, body []byte) {
	e, ok, err := decodeEvent(procedure, body)
	if err != nil || !ok {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.events = append(q.events, e)
	select {
	case q.filled <- struct{}{}:
	default:
	}
}

// take returns all events there are.
func (q *queue) take() []event {
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := q.events
	q.events = nil
	return taken
}
