//go:build integration

package historytest

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Postgres is a PostgreSQL server of Debian's package, for one test alone. It
// listens on a Unix socket, and everybody who reaches that is its superuser.
type Postgres struct {
	t         testing.TB
	programs  string // folder of its programs
	folder    string // of its data and its socket
	as        *syscall.SysProcAttr
	log       *bytes.Buffer
	server    *exec.Cmd
	ended     chan struct{} // closed when the server and all its processes are gone
	databases int
}

// superuser owns the server and its databases.
const superuser = "vmmp"

// StartPostgres starts a server for one test and answers the URL of an empty
// database in it.
func StartPostgres(t testing.TB) string {
	t.Helper()
	return NewPostgres(t).Database()
}

// NewPostgres starts a server that is stopped when the test ends. PostgreSQL
// refuses to run as root: then it runs as the user postgres, which its package
// has made.
func NewPostgres(t testing.TB) *Postgres {
	t.Helper()
	p := &Postgres{t: t, as: &syscall.SysProcAttr{}}
	p.programs = newestPrograms(t)
	var err error
	if p.folder, err = os.MkdirTemp("", "vmmp-pg-"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.stop(syscall.SIGQUIT)
		if err := os.RemoveAll(p.folder); err != nil {
			t.Error(err)
		}
	})
	if os.Geteuid() == 0 {
		p.runAsOwner()
	}
	p.run("initdb", "--username="+superuser, "--auth=trust", "--no-sync",
		"--encoding=UTF8", "--locale=C", "--pgdata="+p.data())
	p.Start()
	return p
}

// newestPrograms returns the folder of PostgreSQL's programs of the highest version.
func newestPrograms(t testing.TB) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		t.Fatalf("no PostgreSQL in /usr/lib/postgresql: install Debian's package postgresql (%v)", err)
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // 0 for what is no version
		return n
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) }))
}

// runAsOwner gives the folder to the user postgres, as whom all programs then run.
func (p *Postgres) runAsOwner() {
	p.t.Helper()
	owner, err := user.Lookup("postgres")
	if err != nil {
		p.t.Fatal(err)
	}
	uid, uidErr := strconv.ParseUint(owner.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(owner.Gid, 10, 32)
	if err := errors.Join(uidErr, gidErr, os.Chown(p.folder, int(uid), int(gid))); err != nil {
		p.t.Fatal(err)
	}
	p.as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func (p *Postgres) data() string { return filepath.Join(p.folder, "data") }

// command returns one of PostgreSQL's programs.
func (p *Postgres) command(program string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(p.programs, program), args...)
	c.Dir, c.SysProcAttr = p.folder, p.as
	return c
}

// run runs one of them to its end.
func (p *Postgres) run(program string, args ...string) {
	p.t.Helper()
	if output, err := p.command(program, args...).CombinedOutput(); err != nil {
		p.t.Fatalf("%s: %v\n%s", program, err, output)
	}
}

// Start starts the server, or starts it again after Kill, and waits until it
// answers.
func (p *Postgres) Start() {
	p.t.Helper()
	p.log, p.ended = new(bytes.Buffer), make(chan struct{})
	p.server = p.command("postgres", "-D", p.data(), "-k", p.folder,
		"-c", "listen_addresses=", "-c", "max_connections=200")
	p.server.Stderr = p.log
	if err := p.server.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func(server *exec.Cmd, ended chan struct{}) {
		server.Wait() //nolint:errcheck // its log says more
		close(ended)
	}(p.server, p.ended)
	for p.command("pg_isready", "--quiet", "--host="+p.folder, "--dbname=postgres").Run() != nil {
		select {
		case <-p.ended:
			p.t.Fatalf("PostgreSQL does not start:\n%s", p.log.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Kill ends the server without warning: SIGKILL to its first process, or SIGQUIT
// to all of them.
func (p *Postgres) Kill(signal syscall.Signal) {
	p.t.Helper()
	p.stop(signal)
}

// stop signals the server, where one was started, and waits until it is gone. All
// its processes write to its log, so that the last to end closes that.
func (p *Postgres) stop(signal syscall.Signal) {
	if p.ended == nil {
		return
	}
	if err := p.server.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Error(err)
		return
	}
	<-p.ended
}

// Database makes an empty database and answers its URL.
func (p *Postgres) Database() string {
	p.t.Helper()
	p.databases++
	name := fmt.Sprintf("vmmp%d", p.databases)
	p.run("createdb", "--host="+p.folder, "--username="+superuser, name)
	return p.url(name)
}

func (p *Postgres) url(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User(superuser), Host: "localhost", Path: "/" + database,
		RawQuery: url.Values{"host": {p.folder}}.Encode(),
	}
	return u.String()
}

// Restored makes a new database of the dump of another, and answers its URL. dump
// is run while others write: pg_dump, then pg_restore.
func (p *Postgres) Restored(from string) string {
	p.t.Helper()
	file := filepath.Join(p.folder, fmt.Sprintf("dump%d", p.databases))
	p.run("pg_dump", "--format=custom", "--file="+file, "--dbname="+from)
	to := p.Database()
	p.run("pg_restore", "--exit-on-error", "--dbname="+to, file)
	return to
}
