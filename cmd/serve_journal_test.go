package cmd

import (
	"bytes"
	"sync"
)

// journal is what a process has written to its standard error so far, by lines.
type journal struct {
	mu      sync.Mutex
	grown   *sync.Cond
	text    []byte
	at      int // where the lines begin that next has not answered yet
	closing bool
}

func newJournal() *journal {
	j := new(journal)
	j.grown = sync.NewCond(&j.mu)
	return j
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.text = append(j.text, p...)
	j.grown.Broadcast()
	return len(p), nil
}

// close says that nothing more will be written.
func (j *journal) close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closing = true
	j.grown.Broadcast()
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return string(j.text)
}

// next waits for the next line; false: there is none.
func (j *journal) next() (string, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for {
		if line, _, whole := bytes.Cut(j.text[j.at:], []byte("\n")); whole {
			j.at += len(line) + 1
			return string(line), true
		}
		if j.closing {
			return "", false
		}
		j.grown.Wait()
	}
}
