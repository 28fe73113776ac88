//go:build integration

package cmd

import (
	"math/rand/v2"
	"net/http"
	"syscall"
	"testing"

	"vmmp/pkg/history/historytest"
)

// manyRounds is how often servers are killed where there is time for it.
const manyRounds = 25

func TestServeKilledOften(t *testing.T) {
	killServers(t, historyFile(t), manyRounds)
}

func TestServeKilledOftenOnPostgres(t *testing.T) {
	killServers(t, historytest.StartPostgres(t), manyRounds)
}

// The death of the database costs no server its life and no client a migration:
// what was not acknowledged is told so, and recorded once there is a database again.
func TestServeOnADatabaseThatIsKilled(t *testing.T) {
	p := historytest.NewPostgres(t)
	sent := &sentMigrations{acknowledged: map[string]bool{}}
	s := serveOn(t, p.Database())
	unavailable := func(status int) bool { return status == http.StatusServiceUnavailable }
	for round, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGQUIT, syscall.SIGKILL, syscall.SIGQUIT, syscall.SIGKILL} {
		sent.writeUntil(t, s, round, 1+rand.IntN(300), unavailable, func() { p.Kill(signal) })
		if len(sent.open) == 0 {
			t.Errorf("round %d: every request was acknowledged, without a database", round)
		}
		s.predicts(t)
		s.answers(t, http.StatusServiceUnavailable, http.MethodGet, "/ready", "")
		s.answers(t, http.StatusServiceUnavailable, http.MethodGet, "/migrations", "")
		p.Start()
		sent.settle(t, s)
		s.answers(t, http.StatusOK, http.MethodGet, "/ready", "")
	}
	s.stop(t)
}
