package cmd

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
)

// sentMigrations is what writers know of the migrations that they sent.
type sentMigrations struct {
	mu           sync.Mutex
	acknowledged map[string]bool
	open         []string // sent, and never answered
	enough       chan struct{}
	left         int // acknowledgements until then
}

// note enters the end of one request.
func (sent *sentMigrations) note(group string, acknowledged bool) {
	sent.mu.Lock()
	defer sent.mu.Unlock()
	if !acknowledged {
		sent.open = append(sent.open, group)
		return
	}
	sent.acknowledged[group] = true
	if sent.left--; sent.left == 0 {
		close(sent.enough)
	}
}

// writeUntil has eight writers record migrations, each in a group of its own, until
// end has ended what they write to; it is called after so many of the migrations
// were acknowledged, while others are under way. Whatever is not acknowledged by
// then must be for want of an answer, or with a status that lost allows.
func (sent *sentMigrations) writeUntil(
	t *testing.T, s *served, round, acknowledged int, lost func(status int) bool, end func(),
) {
	t.Helper()
	sent.enough, sent.left = make(chan struct{}), acknowledged
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for n := 0; ; n++ {
				group := fmt.Sprintf("%d-%d-%d", round, w, n)
				r, err := s.record(group)
				sent.note(group, err == nil && r.status == http.StatusCreated)
				if err == nil && r.status != http.StatusCreated && !lost(r.status) {
					t.Errorf("%s: %d %s", group, r.status, r.text)
				}
				if err != nil || r.status != http.StatusCreated {
					return
				}
			}
		})
	}
	ended := make(chan struct{})
	go func() {
		writers.Wait()
		close(ended)
	}()
	select {
	case <-sent.enough:
	case <-ended:
		t.Errorf("round %d: all writers gave up before %d migrations were acknowledged", round, acknowledged)
	}
	end()
	<-ended
}

// settle checks that what was acknowledged is in the history once and nothing else
// more than once; then the writers repeat what was never answered, and after that
// everything is there once.
func (sent *sentMigrations) settle(t *testing.T, s *served) {
	t.Helper()
	unanswered := map[string]bool{}
	for _, group := range sent.open {
		unanswered[group] = true
	}
	found := s.groups(t, "97")
	for group := range sent.acknowledged {
		if found[group] != 1 {
			t.Errorf("%s was acknowledged and is there %d times", group, found[group])
		}
	}
	for group, times := range found {
		if !sent.acknowledged[group] && (!unanswered[group] || times != 1) {
			t.Errorf("%s is there %d times, and was sent: %v", group, times, unanswered[group])
		}
	}
	for _, group := range sent.open {
		r, err := s.record(group)
		if err != nil || r.status != http.StatusCreated {
			t.Fatalf("%s, repeated: %d %s, %v", group, r.status, r.text, err)
		}
		if replayed := r.header.Get("Idempotent-Replayed") == "true"; replayed != (found[group] == 1) {
			t.Errorf("%s was there %d times, and replayed is %v", group, found[group], replayed)
		}
		sent.acknowledged[group] = true
	}
	sent.open = nil
	if found = s.groups(t, "1000"); len(found) != len(sent.acknowledged) {
		t.Errorf("%d groups are there, of %d", len(found), len(sent.acknowledged))
	}
	for group, times := range found {
		if times != 1 {
			t.Errorf("%s is there %d times", group, times)
		}
	}
}

// killServers kills servers on one history at random moments, one after another,
// while eight writers record.
func killServers(t *testing.T, history string, rounds int) {
	t.Helper()
	sent := &sentMigrations{acknowledged: map[string]bool{}}
	unanswered := 0
	s := serveOn(t, history)
	for round := range rounds {
		none := func(int) bool { return false }
		sent.writeUntil(t, s, round, 1+rand.IntN(300), none, s.kill)
		unanswered += len(sent.open)
		s = serveOn(t, history)
		sent.settle(t, s)
	}
	if unanswered == 0 {
		t.Error("every request was answered: no server was killed while it worked")
	}
	s.stop(t)
}

// What was answered with 201 survives the death of the server, once.
func TestServeKilled(t *testing.T) {
	killServers(t, historyFile(t), 3)
}
