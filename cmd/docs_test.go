package cmd

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vmmp/pkg/api"
	"vmmp/pkg/config"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
)

var updateDocs = flag.Bool("update-docs", false, "write the generated parts of the documents anew")

const readme = "../README.md"

// featureTable is the feature table as README.md shows it.
func featureTable() string {
	var b strings.Builder
	b.WriteString("| flag | JSON, CSV | unit | values | what | how to measure it |\n|---|---|---|---|---|---|\n")
	for _, d := range migration.Definitions {
		what := d.Doc
		if d.Required {
			what += " (required)"
		}
		fmt.Fprintf(&b, "| `--%s` | `%s` | %s | %s | %s | %s |\n", d.Flag, d.Name, d.Unit,
			strings.TrimSpace(strings.TrimSuffix(d.Range(), d.Unit)), what, strings.ReplaceAll(d.Measure, "|", `\|`))
	}
	return b.String()
}

// configurationTable are the keys of the configuration as README.md shows them.
func configurationTable() string {
	var b strings.Builder
	b.WriteString("| key | variable | default | what |\n|---|---|---|---|\n")
	for _, k := range config.Keys {
		preset := ""
		if k.Default != "" {
			preset = "`" + k.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", k.Name, k.Env(), preset, strings.ReplaceAll(k.Doc, "|", `\|`))
	}
	return b.String()
}

// endpointTable is what GET / lists, as README.md shows it.
func endpointTable(t *testing.T) string {
	t.Helper()
	m, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	c := newFakeEnv()
	answer := httptest.NewRecorder()
	api.New(serverOptions(&c.env, config.Config{}, m, nil, slog.New(slog.DiscardHandler))).
		ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	var info struct {
		Endpoints []struct{ Method, Path, Summary string }
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &info); err != nil || len(info.Endpoints) == 0 {
		t.Fatalf("GET / answered %s, error %v", answer.Body, err)
	}
	var b strings.Builder
	b.WriteString("| request | what |\n|---|---|\n")
	for _, e := range info.Endpoints {
		fmt.Fprintf(&b, "| `%s %s` | %s |\n", e.Method, e.Path, e.Summary)
	}
	return b.String()
}

// readReadme is the text of README.md.
func readReadme(t *testing.T) string { return readText(t, readme) }

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// written checks that a generated part of a document is what the code says, or
// writes it anew.
func written(t *testing.T, path, part, want string) {
	t.Helper()
	from := fmt.Sprintf("<!-- %s: written by `go test ./cmd -run %s -update-docs` -->\n", part, t.Name())
	to := fmt.Sprintf("<!-- /%s -->", part)
	before, rest, found := strings.Cut(readText(t, path), from)
	shown, after, closed := strings.Cut(rest, to)
	if !found || !closed {
		t.Fatalf("%s has no place for the %s", path, part)
	}
	if shown == want {
		return
	}
	if !*updateDocs {
		t.Errorf("%s shows other %s than the code has; run: go test ./cmd -run %s -update-docs", path, part, t.Name())
		return
	}
	if err := os.WriteFile(path, []byte(before+from+want+to+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestReadmeFeatures(t *testing.T) { written(t, readme, "features", featureTable()) }

func TestReadmeEndpoints(t *testing.T) { written(t, readme, "endpoints", endpointTable(t)) }

func TestReadmeConfiguration(t *testing.T) { written(t, readme, "configuration", configurationTable()) }

// TestReadmeSession runs the session that README.md opens with.
func TestReadmeSession(t *testing.T) {
	const from, to = "```console\n$ vmmp ", "\n```\n"
	before, rest, found := strings.Cut(readReadme(t), from)
	session, after, closed := strings.Cut(rest, to)
	command, shown, _ := strings.Cut(session, "\n")
	if !found || !closed {
		t.Fatal("README.md opens with no session")
	}
	var out, errs strings.Builder
	e := &env{args: strings.Fields(command), stdout: &out, stderr: &errs, getenv: func(string) string { return "" }}
	if code := execute(t.Context(), e); code != exitOK {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	printed := strings.TrimSuffix(out.String(), "\n")
	if shown == printed {
		return
	}
	if !*updateDocs {
		t.Fatalf("README.md shows another session than vmmp prints; run: go test ./cmd -run TestReadme -update-docs\n%s", printed)
	}
	if err := os.WriteFile(readme, []byte(before+from+command+"\n"+printed+to+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// demonstration is the section of README.md that TestDemonstration runs.
const demonstration = "A demonstration"

// TestReadmeCommandsRun runs what README.md tells people to type, as far as it
// needs no file of theirs.
func TestReadmeCommandsRun(t *testing.T) {
	commands := regexp.MustCompile(`(?m)^(?:\$ )?(?: *go run \.|vmmp) ([a-z]+[^#\n]*)`).FindAllStringSubmatch(without(t, readReadme(t), demonstration), -1)
	t.Chdir(t.TempDir()) // some leave files behind
	ran := map[string]int{}
	for _, c := range commands {
		line, _, _ := strings.Cut(c[1], "&&")
		if strings.ContainsAny(line, "<>") || strings.Contains(line, ".csv") || strings.Contains(line, ".vmmp") {
			continue
		}
		if strings.HasPrefix(line, "stress") { // takes a minute of a whole machine
			continue
		}
		if strings.Contains(line, "--backend qemu") { // run where QEMU is, by TestReadmeMigrationsAreReal
			continue
		}
		args := strings.Fields(line)
		ran[args[0]]++
		switch {
		case args[0] != "serve" || slices.Contains(args, "--print-config"):
			prints(t, args...)
		case strings.Contains(line, "postgres://"): // of theirs, too: that it is understood is all that can be told
			url := args[slices.Index(args, "--history")+1]
			if printed := prints(t, append(args, "--print-config")...); !strings.Contains(printed, "\nhistory: \""+url+"\"\n") {
				t.Errorf("vmmp %s: the history is another:\n%s", line, printed)
			}
		default:
			startsAndStops(t, args...)
		}
	}
	for verb, least := range map[string]int{"predict": 3, "serve": 3, "simulate": 2} {
		if ran[verb] < least {
			t.Errorf("found only %d commands to run of vmmp %s in README.md", ran[verb], verb)
		}
	}
}

// without is a document without one of its sections.
func without(t *testing.T, text, section string) string {
	t.Helper()
	before, rest, found := strings.Cut(text, "\n## "+section+"\n")
	if !found {
		t.Fatalf("there is no section %q", section)
	}
	_, after, _ := strings.Cut(rest, "\n## ")
	return before + "\n## " + after
}

// What README.md links to in this repository is there.
func TestReadmeLinks(t *testing.T) {
	links := regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`).FindAllStringSubmatch(readReadme(t), -1)
	if len(links) < 8 {
		t.Fatalf("found %d links", len(links))
	}
	for _, link := range links {
		if _, err := os.Stat("../" + link[1]); err != nil {
			t.Error(err)
		}
	}
}

// prints runs a command that has to print something, and answers it.
func prints(t *testing.T, args ...string) string {
	t.Helper()
	c := newFakeEnv(args...).onMachine(t)
	c.exits(t, exitOK)
	if c.out.Len() == 0 {
		t.Errorf("vmmp %s: printed nothing, stderr %q", strings.Join(args, " "), c.errs.String())
	}
	return c.out.String()
}

// startsAndStops runs a server until it is ready, on a port and with a home of the
// test's own, but as it was typed otherwise.
func startsAndStops(t *testing.T, args ...string) {
	t.Helper()
	c := newFakeEnv(append(args, "--addr", "127.0.0.1:0")...)
	c.variables["HOME"] = t.TempDir()
	log := newJournal()
	c.stderr = log
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	code := make(chan int)
	go func() {
		defer log.close()
		code <- execute(ctx, &c.env)
	}()
	go func() {
		for line, more := log.next(); more; line, more = log.next() {
			if strings.Contains(line, `"msg":"ready"`) {
				stop()
			}
		}
	}()
	if got := <-code; got != exitOK || !strings.Contains(log.String(), `"msg":"stopped"`) {
		t.Errorf("vmmp %s: exit %d, told %s", strings.Join(args, " "), got, log)
	}
}
