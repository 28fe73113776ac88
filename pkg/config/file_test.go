package config

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFileIsSearched(t *testing.T) {
	root := t.TempDir()
	here, xdg, home := filepath.Join(root, "here"), filepath.Join(root, "xdg"), filepath.Join(root, "home")
	env := environ(map[string]string{"XDG_CONFIG_HOME": xdg, "HOME": home})
	put := func(path, format string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("log:\n  format: "+format+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(o Options, file, format string) {
		t.Helper()
		if got := load(t, o); got.File != file || got.Log.Format != format {
			t.Errorf("read %q with log.format %s, want %q with %s", got.File, got.Log.Format, file, format)
		}
	}
	if err := os.Mkdir(here, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(here)
	expect(Options{Getenv: env}, "", "auto")
	expect(Options{Getenv: environ(nil)}, "", "auto")
	atHome := filepath.Join(home, ".config", "vmmp", "vmmp.yaml")
	put(atHome, "text")
	expect(Options{Getenv: env}, "", "auto")
	expect(Options{Getenv: environ(map[string]string{"HOME": home})}, atHome, "text")
	put(filepath.Join(xdg, "vmmp", "vmmp.yaml"), "json")
	expect(Options{Getenv: env}, filepath.Join(xdg, "vmmp", "vmmp.yaml"), "json")
	put("vmmp.yaml", "text")
	expect(Options{Getenv: env}, "vmmp.yaml", "text")
	put("other.yaml", "json")
	expect(Options{Getenv: env, File: "other.yaml"}, "other.yaml", "json")
}

func TestFilesThatCannotBeRead(t *testing.T) {
	folder := t.TempDir()
	missing := filepath.Join(folder, "missing.yaml")
	big := file(t, strings.Repeat("#", maxFile+1))
	for path, want := range map[string]string{
		missing: "read the configuration: open " + missing + ": no such file or directory",
		folder:  folder + ": is a directory: name the file in it",
		big:     big + ": is larger than 1 MiB: that is no configuration of vmmp",
	} {
		if diff := cmp.Diff([]string{want}, faults(t, Options{File: path, Getenv: environ(nil)})); diff != "" {
			t.Error(diff)
		}
	}
	load(t, Options{File: file(t, strings.Repeat("#", maxFile)), Getenv: environ(nil)})
}

// A folder where the file is looked for is not passed over either.
func TestSearchedFileThatCannotBeRead(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir(fileName, 0o700); err != nil {
		t.Fatal(err)
	}
	want := []string{"vmmp.yaml: is a directory: name the file in it"}
	if diff := cmp.Diff(want, faults(t, Options{Getenv: environ(nil)})); diff != "" {
		t.Error(diff)
	}
}

func TestFilesThatSayNothing(t *testing.T) {
	for _, content := range []string{"", "\n", "# nothing\n", "---\n", "~\n", "log:\n", "log: {}\n", "timeouts: ~\nlog:\n  level:\n"} {
		got, faults := parse("f", []byte(content))
		if len(got) > 0 || len(faults) > 0 {
			t.Errorf("%q: %v, %v", content, got, faults)
		}
	}
}

func TestFilesThatSaySomething(t *testing.T) {
	for content, want := range map[string]settings{
		"addr: :9000":                           {"addr": ":9000"},
		"addr: ':9000' # comment":               {"addr": ":9000"},
		"log: {level: warn, format: text}":      {"log.level": "warn", "log.format": "text"},
		"log:\n  level: warn\nmodel: m":         {"log.level": "warn", "model": "m"},
		"log.level: warn\nlog: {format: json}":  {"log.level": "warn", "log.format": "json"},
		"retention: {max_rows: 10}":             {"retention.max_rows": "10"},
		"retention: {max_rows: \"10\"}":         {"retention.max_rows": "10"},
		"retention: {max_age: 0}":               {"retention.max_age": "0"},
		"business: {price_per_second: 1.25e2}":  {"business.price_per_second": "1.25e2"},
		"business: {currency: NO}":              {"business.currency": "NO"},
		"\xef\xbb\xbfmodel: m\r\nhistory: none": {"model": "m", "history": "none"},
	} {
		got, faults := parse("f", []byte(content))
		if diff := cmp.Diff(want, got); diff != "" || len(faults) > 0 {
			t.Errorf("%q: %v\n%s", content, faults, diff)
		}
	}
}

func TestFaultsOfAFile(t *testing.T) {
	for _, c := range []struct{ content, want string }{
		{"a: b: c", "f: is not YAML: mapping values are not allowed in this context"},
		{"log:\n\tlevel: info", "f: is not YAML: line 2: found character that cannot start any token"},
		{"model: [", "f: is not YAML: line 1: did not find expected node content"},
		{"model: m\n---\nmodel: n", "f:2: holds a second document: everything goes into the first"},
		{"model: m\n---\n]", "f: is not YAML: line 2: did not find expected node content"},
		{"model: *m", "f: is not YAML: a value that begins with * must be put in quotes"},
		{"just words", `f:1: must hold keys with values, such as "addr: :8001"`},
		{"- a\n- b", `f:1: must hold keys with values, such as "addr: :8001"`},
		{"? [a]\n: b", "f:1: a key must be a word"},
		{"Addr: :9000", `f:1: unknown key "Addr"; did you mean addr?`},
		{"timeout:\n  read: 5s", `f:1: unknown key "timeout"; did you mean timeouts?`},
		{"timeouts:\n  reed: 5s", `f:2: unknown key "timeouts.reed"; did you mean timeouts.read?`},
		{"max_age: 1h", `f:1: unknown key "max_age"; did you mean retention.max_age?`},
		{"addr:\n  port: 1", "f:1: addr must be one value, not a list or a section"},
		{"<<: {addr: x}", `f:1: unknown key "<<"`},
		{"model: m\nhistory: none\nmodel: n", `f:3: "model" is there twice, first on line 1`},
		{"log: {level: info}\nlog: {format: text}", `f:2: "log" is there twice, first on line 1`},
		{"log:\n  level: info\nlog.level: warn", `f:3: "log.level" is there twice, first on line 2`},
		{"log: info", "f:1: log must be a section: its keys stand below it, indented"},
		{"timeouts: [1s]", "f:1: timeouts must be a section: its keys stand below it, indented"},
		{"history: &h none\nmodel: *h", "f:2: model must be written out: references to other places are not followed"},
		{"model: 12", "f:1: model must be text: put it in quotes"},
		{"model: true", "f:1: model must be text: put it in quotes"},
		{"addr: 8001", "f:1: addr must be text: put it in quotes"},
		{"business: {currency: 2024-01-01}", "f:1: business.currency must be text: put it in quotes"},
		{"log: {level: yes}", `f:1: log.level must be debug, info, warn or error, not "yes"`},
		{"log: {format: JSON}", `f:1: log.format must be auto, text or json, not "JSON"`},
		{"timeouts: {read: 10}", `f:1: timeouts.read must be a duration such as 10s, 1m30s or 250ms, not "10"`},
		{"retention: {max_rows: 1.5}", `f:1: retention.max_rows must be a whole number of at least 0, not "1.5"`},
		{"business: {price_per_second: .inf}", `f:1: business.price_per_second must be a number of at least 0, such as 12.5, not ".inf"`},
	} {
		_, got := parse("f", []byte(c.content))
		if len(got) != 1 || got[0].Error() != c.want {
			t.Errorf("%q: %v, want %s", c.content, got, c.want)
		}
	}
}

func TestFaultsOfAFileAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range maxFaults + 5 {
		b.WriteString(strings.Repeat("x", 70+i) + ": 1\n")
	}
	_, got := parse("f", []byte(b.String()))
	if len(got) != maxFaults+1 || got[maxFaults].Error() != "f: has 5 more faults" {
		t.Errorf("%d faults, the last %v", len(got), got[len(got)-1])
	}
	for _, fault := range got {
		if len(fault.Error()) > 120 {
			t.Errorf("a fault of %d bytes: %v", len(fault.Error()), fault)
		}
	}
}

// Whatever a file holds, it is refused in lines of bounded length, or becomes a
// Config that can be written and read again.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"", "addr: :9000", "log:\n  level: warn\n", "log: {level: x}", "a: [", "model: *x", "? [a]\n: b", "- 1", "---\n---\n",
		"timeouts: &t {read: 5s}\nlog: *t", "prediction_key: k\nhistory: postgres://u:p@h/d?password=x", "<<: {a: b}",
		"business: {price_per_second: 1e300}", "retention: {max_age: 1h2m3.5s}", "model: \"\\u2028\\uFEFF\"",
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "vmmp.yaml")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := Load(Options{File: path, Getenv: environ(nil)})
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.HasPrefix(line, path) || len(line) > len(path)+500 {
					t.Errorf("a fault reads %q", line)
				}
			}
			return
		}
		rewritten(t, got.Config)
	})
}

// rewritten fails unless a written configuration reads as the same, but for its
// secrets.
func rewritten(t interface {
	Helper()
	Fatalf(string, ...any)
	Errorf(string, ...any)
}, c Config) {
	t.Helper()
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		t.Fatalf("%v", err)
	}
	read, faults := parse("written", b.Bytes())
	if len(faults) > 0 {
		t.Fatalf("%v in\n%s", faults, b.String())
	}
	got, err := layer(read)
	if err != nil {
		t.Fatalf("%v", err)
	}
	c.PredictionKey = ""
	if shown, secret := withoutPassword(c.History); secret {
		c.History = shown
	}
	if diff := cmp.Diff(c, got); diff != "" {
		t.Errorf("read again it is another configuration:\n%s\n%s", diff, b.String())
	}
}
