package cmd

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
)

var updateDocs = flag.Bool("update-docs", false, "write the generated part of README.md anew")

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

func TestReadmeFeatures(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	const from, to = "-update-docs` -->\n", "<!-- /features -->"
	before, rest, found := strings.Cut(string(text), from)
	table, after, closed := strings.Cut(rest, to)
	if !found || !closed {
		t.Fatal("README.md has no place for the feature table")
	}
	if table == featureTable() {
		return
	}
	if !*updateDocs {
		t.Fatal("README.md shows another feature table than the code; run: go test ./cmd -run TestReadmeFeatures -update-docs")
	}
	if err := os.WriteFile(readme, []byte(before+from+featureTable()+to+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestReadmeSession runs the session that README.md opens with.
func TestReadmeSession(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	const from, to = "```console\n$ vmmp ", "\n```\n"
	before, rest, found := strings.Cut(string(text), from)
	session, after, closed := strings.Cut(rest, to)
	command, shown, _ := strings.Cut(session, "\n")
	if !found || !closed {
		t.Fatal("README.md opens with no session")
	}
	var out, errs strings.Builder
	e := &env{args: strings.Fields(command), stdout: &out, stderr: &errs, getenv: func(string) string { return "" }}
	if code := run(t.Context(), e); code != exitOK {
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

// TestReadmeCommandsRun runs what README.md tells people to type, as far as it
// needs no file of theirs.
func TestReadmeCommandsRun(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile(`(?m)^(?:\$ )?(?: *go run \.|vmmp) ([a-z]+ [^#\n]*)`).FindAllStringSubmatch(string(text), -1)
	ran := 0
	for _, c := range commands {
		line, _, _ := strings.Cut(c[1], "&&")
		if strings.ContainsAny(line, "<>") || strings.Contains(line, ".csv") || strings.Contains(line, ".vmmp") {
			continue
		}
		ran++
		var out, errs strings.Builder
		e := &env{args: strings.Fields(line), stdin: strings.NewReader(""), stdout: &out, stderr: &errs, getenv: func(string) string { return "" }}
		if code := run(t.Context(), e); code != exitOK || out.Len() == 0 {
			t.Errorf("vmmp %s: exit %d, stderr %q", line, code, errs.String())
		}
	}
	if ran < 3 {
		t.Errorf("found only %d commands to run in README.md", ran)
	}
}

func TestModelCardIsOfTheEmbeddedModel(t *testing.T) {
	card, err := os.ReadFile("../pkg/model/MODEL.md")
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	metrics := m.Provenance().Metrics
	for _, want := range []string{
		m.ID(),
		fmt.Sprintf("%d rows", m.Provenance().Rows.Train),
		fmt.Sprintf("%.3f", float64(metrics.Test.LogR2)),
		fmt.Sprintf("%.1f %%", 100*float64(metrics.Test.MedianRelativeError)),
	} {
		if !strings.Contains(string(card), want) {
			t.Errorf("MODEL.md does not say %q: it is the card of another model", want)
		}
	}
}
