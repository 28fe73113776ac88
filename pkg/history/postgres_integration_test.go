//go:build integration

package history

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vmmp/pkg/history/historytest"
)

func TestPostgres(t *testing.T) {
	server := historytest.NewPostgres(t)
	testStore(t, func(*testing.T) string { return server.Database() })
}

// A pool of one connection, and a server that is fast rather than durable, are set
// right.
func TestPostgresSettings(t *testing.T) {
	location := historytest.StartPostgres(t)
	s := open(t, location+"&pool_max_conns=1&synchronous_commit=off", time.Now).(*postgresStore)
	add(t, s, fullEntry("a"))
	var durable string
	if err := s.reader.db.QueryRow("SHOW synchronous_commit").Scan(&durable); err != nil || durable != "on" {
		t.Errorf("synchronous_commit is %s, %v", durable, err)
	}
}

func TestPostgresFaults(t *testing.T) {
	server := historytest.NewPostgres(t)
	location := server.Database()
	s := open(t, location, time.Now)

	missing := strings.Replace(location, "/vmmp1?", "/nowhere?", 1)
	if _, err := Open(t.Context(), missing); !errors.Is(err, ErrLocation) || !strings.Contains(err.Error(), `database "nowhere" does not exist`) || !strings.Contains(err.Error(), "createdb") {
		t.Errorf("missing: %v", err)
	}
	standby := location + "&default_transaction_read_only=on"
	for _, at := range []string{standby, strings.Replace(standby, "/vmmp1?", "/postgres?", 1)} {
		if _, err := Open(t.Context(), at); !errors.Is(err, ErrReadOnly) {
			t.Errorf("read only: %v", err)
		}
	}
	execute(t, s, "INSERT INTO vmmp_batches (key, digest, ids, created_at) VALUES ('', '', '', 0)")
	if _, err := s.(*postgresStore).exec(t.Context(), "DROP TABLE vmmp_entries"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(t.Context(), Query{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("a table is missing: %v", err)
	}

	server.Kill(syscall.SIGQUIT)
	if err := s.Ping(t.Context()); err == nil || !strings.HasPrefix(err.Error(), Redact(location)+": ") {
		t.Errorf("no server: %v", err)
	}
	server.Start()
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("the server is back: %v", err)
	}
}

// Other tables in the database are left alone.
func TestPostgresShared(t *testing.T) {
	location := historytest.StartPostgres(t)
	s := open(t, location, time.Now).(*postgresStore)
	for _, statement := range []string{
		"CREATE TABLE recipes (name text)", "INSERT INTO recipes VALUES ('goulash')", "CREATE TABLE goose_db_version (id int)",
	} {
		if _, err := s.exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	add(t, open(t, location, time.Now), fullEntry("a"))
}

func TestKilledOften(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		testKilled(t, newPath(t), 40, func(w *writing) { w.kill(t) })
	})
	server := historytest.NewPostgres(t)
	t.Run("postgres, its client", func(t *testing.T) {
		testKilled(t, server.Database(), 40, func(w *writing) { w.kill(t) })
	})
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGQUIT} {
		t.Run("postgres, its server, "+signal.String(), func(t *testing.T) {
			testKilled(t, server.Database(), 5, func(w *writing) {
				server.Kill(signal)
				w.read(1 << 30) // to its end, since its appends fail
				w.kill(t)
				server.Start()
			})
		})
	}
}

// testBackup copies a history while writers append, and finds in the copy what was
// acknowledged before.
func testBackup(t *testing.T, location string, backup func() (copied string)) {
	s := open(t, location, time.Now)
	const before = 300
	stop := make(chan struct{})
	acknowledged := make(chan string, before)
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				group := fmt.Sprintf("%d-%d", i, n)
				if _, err := s.Append(t.Context(), Batch{Entries: []Entry{fullEntry(group)}, Key: group}); err != nil {
					t.Error(err)
					return
				}
				select {
				case acknowledged <- group:
				default:
				}
			}
		})
	}
	var want []string
	for range before {
		want = append(want, <-acknowledged)
	}
	location = backup()
	close(stop)
	wait.Wait()

	restored := open(t, location, time.Now)
	present := map[string]bool{}
	for _, e := range collect(t, restored, Query{Limit: 1000}) {
		present[e.Group] = true
	}
	for _, group := range want {
		if !present[group] {
			t.Errorf("%s was acknowledged and is not in the copy", group)
		}
	}
	r, err := restored.Append(t.Context(), Batch{Entries: []Entry{fullEntry(want[0])}, Key: want[0]})
	if err != nil || !r.Replayed {
		t.Errorf("the copy does not know its keys: %v, %v", r, err)
	}
	add(t, restored, fullEntry("after"))
}

func TestBackup(t *testing.T) {
	for name, command := range map[string]string{"backup": ".backup '%s'", "vacuum into": "VACUUM INTO '%s'"} {
		t.Run("sqlite, "+name, func(t *testing.T) {
			location, copied := newPath(t), filepath.Join(t.TempDir(), "copy.db")
			testBackup(t, location, func() string {
				if told, err := exec.Command("sqlite3", location, ".timeout 5000", fmt.Sprintf(command, copied)).CombinedOutput(); err != nil || len(told) > 0 {
					t.Fatalf("%s (%v)", told, err)
				}
				return copied
			})
			if _, err := os.Stat(copied); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("postgres", func(t *testing.T) {
		server := historytest.NewPostgres(t)
		location := server.Database()
		testBackup(t, location, func() string { return server.Restored(location) })
	})
}
