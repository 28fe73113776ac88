//go:build integration

package stack

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// standIn fills the layer of an image that stands in for one that the stack names: the
// same programs, from Debian, under the names that they have there.
type standIn struct {
	changes []string
	write   func(*layer) error
}

// standIns are by the name of the image without its tag.
var standIns = map[string]standIn{
	"prom/prometheus": {
		[]string{`ENTRYPOINT ["/bin/prometheus"]`, "USER nobody", "WORKDIR /prometheus"},
		func(l *layer) error {
			l.program("/bin/prometheus", "/usr/bin/prometheus")
			l.folder("/prometheus", 65534, 0o755)
			return nil
		},
	},
	"prom/node-exporter": {
		[]string{`ENTRYPOINT ["/bin/node_exporter"]`, "USER nobody"},
		func(l *layer) error {
			l.program("/bin/node_exporter", "/usr/bin/prometheus-node-exporter")
			return nil
		},
	},
	"nginx": {
		[]string{`CMD ["nginx", "-g", "daemon off;"]`},
		func(l *layer) error {
			l.program("/usr/sbin/nginx", "/usr/sbin/nginx")
			l.link("/var/log/nginx/error.log", "/dev/stderr")
			return nil
		},
	},
	"postgres": {
		[]string{`ENTRYPOINT ["/docker-entrypoint.sh"]`, `CMD ["postgres"]`, "ENV PGDATA=/var/lib/postgresql/data"},
		writePostgres,
	},
	"golang": {
		[]string{"ENV PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "ENV GOPATH=/go"},
		writeGo,
	},
}

// standFor makes images for those that the engine does not have; they are gone when
// the test ends.
func (e *engine) standFor(t *testing.T, images ...string) {
	t.Helper()
	for _, image := range images {
		if e.has(image) {
			continue
		}
		name, _, _ := strings.Cut(image, ":")
		s, known := standIns[name]
		if !known {
			t.Fatalf("nothing stands in for the image %s: pull it, or add it to standIns", image)
		}
		e.load(t, image, s.changes, func(w io.Writer) error {
			l := newLayer(w)
			l.shell()
			return errors.Join(s.write(l), l.close())
		})
	}
}

// startPostgres does what the image of PostgreSQL does, as far as the stack relies on
// it: at first a database of the user is made, by a server that is on its socket only.
const startPostgres = `#!/bin/sh
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
	printf %s "$POSTGRES_PASSWORD" >/tmp/password
	initdb --username="$POSTGRES_USER" --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C --no-sync
	rm /tmp/password
	echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
	echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
	pg_ctl start --wait -o "-c listen_addresses="
	createdb --username="$POSTGRES_USER" "$POSTGRES_DB"
	pg_ctl stop --wait
fi
exec "$@"
`

func writePostgres(l *layer) error {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return errors.Join(errors.New("no PostgreSQL in /usr/lib/postgresql: install Debian's package postgresql"), err)
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // 0 for what is no version
		return n
	}
	programs := filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) }))
	home := filepath.Dir(programs)
	for _, name := range []string{"postgres", "initdb", "pg_ctl", "pg_isready", "createdb"} {
		l.program(filepath.Join(programs, name), filepath.Join(programs, name))
		l.link("/usr/bin/"+name, filepath.Join(programs, name))
	}
	compiles := func(below string) bool {
		return strings.Contains(below, "llvm") || below == "bitcode" || below == "pgxs"
	}
	l.tree(filepath.Join(home, "lib"), filepath.Join(home, "lib"), compiles)
	share := filepath.Join("/usr/share/postgresql", filepath.Base(home))
	l.tree(share, share, nil)
	l.tree("/usr/share/zoneinfo", "/usr/share/zoneinfo", nil)
	l.text("/docker-entrypoint.sh", 0o755, startPostgres)
	l.folder("/var/run/postgresql", 70, 0o3777)
	l.folder("/var/lib/postgresql/data", 70, 0o700)
	return nil
}

// goProxy is where the modules are in what stands in for Go's image.
const goProxy = "/modules"

// writeGo takes the Go that runs this test and the modules of go.mod, as a proxy has
// them: nothing is fetched while the image is built.
func writeGo(l *layer) error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return err
	}
	tests := regexp.MustCompile(`^(api|doc|misc|test)$|_test\.go$|(^|/)testdata$`)
	l.tree("/usr/local/go", strings.TrimSpace(string(root)), tests.MatchString)
	l.file("/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/ca-certificates.crt")
	return writeModules(l)
}

func writeModules(l *layer) error {
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		return err
	}
	top := filepath.Join(strings.TrimSpace(string(cache)), "cache", "download")
	put := func(path string) {
		if below, err := filepath.Rel(top, path); err == nil && path != "" {
			l.file(filepath.Join(goProxy, below), path)
		}
	}
	download := exec.Command("go", "mod", "download", "-json")
	told, err := download.Output()
	if err != nil {
		return err
	}
	for modules := json.NewDecoder(strings.NewReader(string(told))); modules.More(); {
		var m struct{ Info, GoMod, Zip string }
		if err := modules.Decode(&m); err != nil {
			return err
		}
		put(m.Info)
		put(m.GoMod)
		put(m.Zip)
	}
	return writeModuleFiles(put, top)
}

// summed is a line of go.sum about the go.mod of a module, which may be of one that is
// not built but asked about.
var summed = regexp.MustCompile(`(?m)^(\S+) (\S+)/go\.mod h1:`)

func writeModuleFiles(put func(string), top string) error {
	text, err := os.ReadFile("go.sum")
	if err != nil {
		return err
	}
	for _, m := range summed.FindAllStringSubmatch(string(text), -1) {
		path := filepath.Join(top, escaped(m[1]), "@v", escaped(m[2])+".mod")
		if _, err := os.Stat(path); err == nil { // or this machine never needed it either
			put(path)
		}
	}
	return nil
}

// escaped is a module's path or version as a proxy writes it: capitals have a mark.
func escaped(path string) string {
	return regexp.MustCompile(`[A-Z]`).ReplaceAllStringFunc(path, func(c string) string { return "!" + strings.ToLower(c) })
}
