package rooms

import (
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"vmmp/tests/document"
)

func TestRooms(t *testing.T) {
	files, err := readSources(os.DirFS(document.Top))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(files, func(f source) bool { return f.path == "tests/rooms/rooms_test.go" }) {
		t.Fatal("this file was not read: the test would pass on anything")
	}
	for _, fault := range table.faults(files) {
		t.Error(fault)
	}
}

// A room comes with its first working code, and its row goes with it.
func TestNoRoomIsEmpty(t *testing.T) {
	files, err := readSources(os.DirFS(document.Top))
	if err != nil {
		t.Fatal(err)
	}
	inhabited := map[string]bool{}
	for _, f := range files {
		if r, ok := table.room(path.Dir(f.path)); ok {
			inhabited[r.folder] = true
		}
	}
	for _, r := range table.rooms {
		if !inhabited[r.folder] {
			t.Errorf("%s has a row and no file of Go", r.folder)
		}
	}
}

func TestReadSources(t *testing.T) {
	fsys := fstest.MapFS{}
	for name, text := range map[string]string{
		"main.go":                 "package main\nimport \"vmmp/cmd\"",
		"pkg/lab/lab_test.go":     "package lab_test\nimport x \"fmt\"\nimport _ \"os\"\nfunc f() { this is not read }",
		"pkg/lab/lab_windows.go":  "//go:build windows && integration\n\npackage lab",
		"pkg/lab/testdata/a.go":   "package a",
		"pkg/lab/_draft/a.go":     "package a",
		".ci/tools/tool.go":       "package tool",
		"pkg/lab/vendored/go.mod": "module other",
		"pkg/lab/vendored/a.go":   "package a",
		"pkg/lab/notes.txt":       "package a",
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	got, err := readSources(fsys)
	if err != nil {
		t.Fatal(err)
	}
	want := []source{
		{"main.go", "main", []string{"vmmp/cmd"}},
		{"pkg/lab/lab_test.go", "lab_test", []string{"fmt", "os"}},
		{"pkg/lab/lab_windows.go", "lab", nil},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("readSources = %v, want %v", got, want)
	}
}

func TestReadSourcesRefusesWhatIsNotGo(t *testing.T) {
	fsys := fstest.MapFS{"main.go": {Data: []byte("import")}}
	if _, err := readSources(fsys); err == nil {
		t.Error("no error for a file without a package clause")
	}
}

// Each made-up file breaks the law, or just keeps it.
func TestLaw(t *testing.T) {
	for _, c := range []struct {
		file, imp string
		want      string // what the fault says, "" if there is none
	}{
		{"main.go", "vmmp/cmd", ""},
		{"main.go", "vmmp/pkg/model", ". may import of ours cmd"},
		{"law_test.go", "testing", "the only file of Go at the top"},
		{"cmd/predict.go", "vmmp/pkg/model", ""},
		{"cmd/predict.go", "vmmp/configs", ""},
		{"cmd/predict.go", "vmmp/forest", "cmd may import"},
		{"pkg/api/server.go", "vmmp/cmd", "pkg/api may import"},
		{"pkg/api/server_test.go", "vmmp/cmd", "pkg/api may import"},
		{"forest/forest.go", "vmmp/pkg/migration", "forest may import of ours nothing"},
		{"forest/forest_test.go", "vmmp/pkg/migration", "forest may import of ours nothing"},
		{"forest/forest.go", "gonum.org/v1/gonum/mat", ""},
		{"forest/forest.go", "golang.org/x/sync/errgroup", "forest may import of others gonum"},
		{"forest/forest_test.go", "pgregory.net/rapid", ""},
		{"pkg/migration/csv.go", "encoding/csv", ""},
		{"pkg/migration/csv.go", "github.com/google/go-cmp/cmp", "of others nothing"},
		{"pkg/migration/csv_test.go", "github.com/google/go-cmp/cmp", ""},
		{"pkg/migration/csv.go", "gonum.org/v1/gonum/stat", "is for forest, pkg/evaluate, pkg/model, pkg/model/train"},
		{"pkg/migration/csv_test.go", "gonum.org/v1/gonum/stat", "is for forest"},
		{"pkg/precopy/round.go", "vmmp/pkg/migration", ""},
		{"pkg/precopy/round.go", "vmmp/pkg/population", "pkg/precopy may import"},
		{"pkg/model/model.go", "vmmp/pkg/population", "pkg/model may import"},
		{"pkg/lab/link/tap.go", "vmmp/pkg/lab", ""},
		{"pkg/lab/lab.go", "vmmp/pkg/lab/link", ""},
		{"pkg/lab/link/tap.go", "vmmp/pkg/population", "pkg/lab may import"},
		{"pkg/simulate/fleet.go", "vmmp/pkg/lab/link", ""},
		{"pkg/model/train/fit.go", "vmmp/pkg/model", ""},
		{"pkg/model/train/fit.go", "vmmp/pkg/model/internal/estimate", ""},
		{"pkg/model/train/internal/folds/folds.go", "gonum.org/v1/gonum/stat", ""},
		{"pkg/model/model.go", "vmmp/pkg/model/train", "pkg/model may import"},
		{"pkg/api/model.go", "vmmp/pkg/model/train", "pkg/api may import"},
		{"pkg/simulate/run_test.go", "vmmp/pkg/model/train", "pkg/simulate may import"},
		{"cmd/train.go", "vmmp/pkg/model/train", ""},
		{"pkg/modelling/model.go", "fmt", "pkg/modelling"},
		{"pkg/accuracy/drift.go", "vmmp/pkg/modelling", "in no room"},
		{"web/page.go", "net/http", "in no room"},
		{"cmd/root.go", "github.com/spf13/cobra", ""},
		{"cmd/root.go", "github.com/spf13/viper", ""},
		{"pkg/config/config.go", "github.com/spf13/viper", ""},
		{"pkg/config/config.go", "github.com/spf13/cobra", "is for cmd"},
		{"pkg/api/config.go", "github.com/spf13/viper", "is for cmd, pkg/config"},
		{"pkg/host/read.go", "github.com/shirou/gopsutil/v3/cpu", ""},
		{"pkg/stress/cpu.go", "github.com/shirou/gopsutil/v3/cpu", "is for pkg/host"},
		{"pkg/stress/http.go", "github.com/danielgtaylor/huma/v2", "is for pkg/api"},
		{"pkg/api/metrics.go", "github.com/prometheus/client_golang/prometheus/promhttp", ""},
		{"pkg/accuracy/drift.go", "github.com/prometheus/client_golang/prometheus", "is for pkg/metrics, pkg/httpd, pkg/api"},
		{"pkg/httpd/observe.go", "github.com/prometheus/client_golang/prometheus", ""},
		{"pkg/lab/lab.go", "golang.org/x/sys/unix", ""},
		{"monitoring/monitoring_test.go", "vmmp/pkg/metrics", ""},
		{"monitoring/embed.go", "vmmp/pkg/metrics", "monitoring may import"},
		{"tests/packages/dist_test.go", "vmmp/cmd", ""},
		{"cmd/serve_test.go", "vmmp/tests/document", "cmd may import"},
	} {
		t.Run(c.file+" imports "+c.imp, func(t *testing.T) {
			f := source{path: c.file, pkg: path.Base(path.Dir(c.file)), imports: []string{c.imp}}
			check(t, table.faults([]source{f}), c.want)
		})
	}
}

func TestLawOnNames(t *testing.T) {
	for _, c := range []struct{ file, pkg, want string }{
		{"pkg/lab/link.go", "lab", ""},
		{"pkg/lab/typescript.go", "lab", ""},
		{"pkg/lab/util.go", "lab", "util"},
		{"pkg/lab/helpers_test.go", "lab", "helpers"},
		{"pkg/lab/link_common.go", "lab", "common"},
		{"pkg/lab/types/link.go", "link", "types"},
		{"pkg/lab/link.go", "manager", "manager"},
		{"pkg/lab/link_test.go", "manager_test", "manager"},
	} {
		t.Run(c.file+" in "+c.pkg, func(t *testing.T) {
			check(t, table.faults([]source{{path: c.file, pkg: c.pkg}}), c.want)
		})
	}
}

func TestLawNamesEveryFault(t *testing.T) {
	got := table.faults([]source{
		{path: "pkg/host/util.go", pkg: "host", imports: []string{"vmmp/cmd", "fmt", "vmmp/forest"}},
		{path: "attic/old.go", pkg: "attic", imports: []string{"vmmp/cmd"}},
	})
	if len(got) != 4 {
		t.Errorf("%d faults, want 4 (a name, two imports, a folder):\n%s", len(got), strings.Join(got, "\n"))
	}
}

// A table that names a room that is not in it allows nothing by that name, and of two
// rows of one folder only the first counts.
func TestTableIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range table.rooms {
		if seen[r.folder] || r.holds == "" {
			t.Errorf("%s has two rows, or holds nothing", r.folder)
		}
		seen[r.folder] = true
	}
	wantRooms := func(of string, names []string) {
		for _, n := range names {
			if !seen[n] && n != "pkg/..." && n != "..." {
				t.Errorf("%s: %s is no room", of, n)
			}
		}
	}
	for _, r := range table.rooms {
		wantRooms(r.folder, slices.Concat(r.imports, r.tests))
	}
	for _, d := range table.doors {
		wantRooms(d.name, d.rooms)
	}
}

func check(t *testing.T, faults []string, want string) {
	t.Helper()
	switch {
	case want == "" && len(faults) > 0:
		t.Errorf("unexpected fault: %s", faults)
	case want != "" && (len(faults) != 1 || !strings.Contains(faults[0], want) || !strings.HasSuffix(faults[0], where)):
		t.Errorf("faults = %q, want one that says %q and where the law is", faults, want)
	}
}
