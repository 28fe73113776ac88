package qmp

import (
	"fmt"
	"sync"
)

// pending holds the commands that wait for their replies, and how the connection ended.
type pending struct {
	ended chan struct{} // closed once cause is set

	mu      sync.Mutex
	lastID  uint64
	waiting map[uint64]chan message // by id; closed without a message if the connection ends first
	cause   error                   // why the connection ended; nil while it lives
}

func newPending() *pending {
	return &pending{ended: make(chan struct{}), waiting: make(map[uint64]chan message)}
}

// add returns a new id and the channel on which the reply to it will come.
func (p *pending) add() (uint64, <-chan message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastID++
	reply := make(chan message, 1) // the reader never waits for one who no longer listens
	if p.cause != nil {
		close(reply)
	} else {
		p.waiting[p.lastID] = reply
	}
	return p.lastID, reply
}

// remove forgets a command that nobody waits for any more.
func (p *pending) remove(id uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, id)
}

// deliver hands a reply to the command it is for, and drops one that nobody waits for.
func (p *pending) deliver(m message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if reply, ok := p.waiting[*m.ID]; ok {
		reply <- m
		delete(p.waiting, *m.ID)
	}
}

// end fails every command with cause. It reports false if the connection had ended before.
func (p *pending) end(cause error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cause != nil {
		return false
	}
	p.cause = cause
	for _, reply := range p.waiting {
		close(reply)
	}
	clear(p.waiting)
	close(p.ended)
	return true
}

// err returns the error of what cannot come any more.
func (p *pending) err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Errorf("%w: %w", ErrClosed, p.cause)
}
