package docs

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"vmmp/cmd"
	"vmmp/pkg/config"
	"vmmp/pkg/migration"
	"vmmp/tests/document"
)

// featureTable is the feature table as the documents show it.
func featureTable() string {
	var b strings.Builder
	b.WriteString("| flag | JSON, CSV | unit | values | what | how to measure it |\n|---|---|---|---|---|---|\n")
	for _, d := range migration.Definitions {
		what := d.Doc
		if d.Required {
			what += " (required)"
		}
		fmt.Fprintf(&b, "| `--%s` | `%s` | %s | %s | %s | %s |\n", d.Flag, d.Name, d.Unit,
			strings.TrimSpace(strings.TrimSuffix(d.Range(), d.Unit)), what, cell(d.Measure))
	}
	return b.String()
}

// cell is text that does not end its cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// configurationTable are the keys of the configuration as the documents show them.
func configurationTable() string {
	var b strings.Builder
	b.WriteString("| key | variable | default | what |\n|---|---|---|---|\n")
	for _, k := range config.Keys {
		preset := ""
		if k.Default != "" {
			preset = "`" + k.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", k.Name, k.Env(), preset, cell(k.Doc))
	}
	return b.String()
}

// endpointTable is what GET / lists, as the documents show it.
func endpointTable(t *testing.T) string {
	t.Helper()
	text, err := json.Marshal(serve(t, "--history", "none").ask(t, http.StatusOK, http.MethodGet, "/", ""))
	if err != nil {
		t.Fatal(err)
	}
	var info struct {
		Endpoints []struct{ Method, Path, Summary string }
	}
	if err := json.Unmarshal(text, &info); err != nil || len(info.Endpoints) == 0 {
		t.Fatalf("GET / answered %s, error %v", text, err)
	}
	var b strings.Builder
	b.WriteString("| request | what |\n|---|---|\n")
	for _, e := range info.Endpoints {
		fmt.Fprintf(&b, "| `%s %s` | %s |\n", e.Method, e.Path, e.Summary)
	}
	return b.String()
}

func TestFeatures(t *testing.T) { document.Written(t, "features", featureTable()) }

func TestEndpoints(t *testing.T) { document.Written(t, "endpoints", endpointTable(t)) }

func TestConfiguration(t *testing.T) { document.Written(t, "configuration", configurationTable()) }

// flagTable are the flags of a command as the documents show them, but for those of features.
func flagTable(flags *pflag.FlagSet) string {
	var b strings.Builder
	b.WriteString("| flag | default | what |\n|---|---|---|\n")
	flags.VisitAll(func(f *pflag.Flag) {
		for _, d := range migration.Definitions {
			if f.Name == d.Flag && strings.HasPrefix(f.Usage, d.Doc) { // stress has a --cpu of its own
				return
			}
		}
		name, preset := "--"+f.Name, ""
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		kind, what := pflag.UnquoteUsage(f)
		switch f.DefValue {
		case "", "0", "0s", "false", "[]":
		default:
			preset = "`" + f.DefValue + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", strings.TrimSpace(name+" "+kind), preset, cell(what))
	})
	return b.String()
}

// TestFlags holds the flags of every command in the documents to the commands.
func TestFlags(t *testing.T) {
	for _, c := range cmd.Root().Commands() {
		if name := c.Name(); name != "help" && name != "completion" {
			document.Written(t, "flags-"+name, flagTable(c.LocalNonPersistentFlags()))
		}
	}
}
