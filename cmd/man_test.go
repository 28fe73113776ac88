package cmd

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vmmp/pkg/config"
	"vmmp/pkg/model"
)

var manFolder = flag.String("man", "", "write the manual pages into this folder")

// manualOf are the manual pages of vmmp, by the names of their files: one of each
// command, and one of the configuration. All that is in them comes from the program
// and from date, nil where there is none.
func manualOf(root *cobra.Command, date *time.Time) map[string]string {
	edition := ""
	if date != nil {
		edition = date.Format(time.DateOnly)
	}
	pages := map[string]string{"vmmp.yaml.5": configurationPage(edition)}
	for _, c := range family(root) {
		pages[manName(c)+".1"] = commandPage(c, edition)
	}
	return pages
}

// family is a command with all commands below it, but for the help.
func family(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, child := range c.Commands() {
		if child.IsAvailableCommand() {
			all = append(all, family(child)...)
		}
	}
	return all
}

func manName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// newPage begins a page.
func newPage(name, section, edition, short string) *roff {
	r := new(roff)
	fmt.Fprintf(&r.text, ".TH %q %q %q %q %q\n", strings.ToUpper(name), section, edition, strings.TrimSpace("vmmp "+version), "vmmp")
	r.request("nh") // the names of variables are not to be divided
	r.request("SH", "NAME")
	r.line(name + " - " + short)
	return r
}

func commandPage(c *cobra.Command, edition string) string {
	r := newPage(manName(c), "1", edition, c.Short)
	r.request("SH", "SYNOPSIS")
	r.request("B", strings.TrimSuffix(c.UseLine(), " [flags]"))
	if c.HasAvailableSubCommands() {
		r.request("I", "command")
	}
	r.line("[flags]")
	long, _, codes := strings.Cut(c.Long, exitHelp)
	if long == "" {
		long = c.Short + "."
	}
	r.request("SH", "DESCRIPTION")
	r.prose(long)
	r.commands(c)
	r.options(c)
	if codes {
		r.request("SH", "EXIT STATUS")
		r.kept(strings.Trim(strings.TrimPrefix(exitHelp, "\nEXIT STATUS"), "\n"))
	}
	if c.HasExample() {
		r.request("SH", "EXAMPLES")
		r.kept(c.Example)
	}
	r.relatives(c)
	return r.text.String()
}

// commands lists the commands below c.
func (r *roff) commands(c *cobra.Command) {
	for i, child := range family(c)[1:] {
		if i == 0 {
			r.request("SH", "COMMANDS")
		}
		r.item(child.CommandPath(), child.Short)
	}
}

// options lists the flags in the words of the help.
func (r *roff) options(c *cobra.Command) {
	c.InitDefaultHelpFlag()
	r.request("SH", "OPTIONS")
	for line := range strings.SplitSeq(strings.TrimRight(c.LocalFlags().FlagUsages(), "\n"), "\n") {
		term, text, _ := strings.Cut(strings.TrimSpace(line), "   ")
		r.item(term, strings.TrimSpace(text))
	}
}

// relatives points to the pages around that of c.
func (r *roff) relatives(c *cobra.Command) {
	r.request("SH", "SEE ALSO")
	var names []string
	if c.HasParent() {
		names = append(names, manName(c.Parent())+"(1)")
	}
	for _, child := range family(c)[1:] {
		names = append(names, manName(child)+"(1)")
	}
	if c.Flags().Lookup("config") != nil || !c.HasParent() {
		names = append(names, "vmmp.yaml(5)")
	}
	r.line(strings.Join(names, ", "))
}

// configurationPage tells what can stand in vmmp.yaml.
func configurationPage(edition string) string {
	r := newPage("vmmp.yaml", "5", edition, "what vmmp serve is told")
	r.request("SH", "DESCRIPTION")
	r.prose(`The file is YAML. A dot in the name of a key divides a section from what stands in
it. Each key can be set by an environment variable, too, which wins over the file;
the flags of vmmp serve win over both. API_HOST and API_PORT make an address where
there is no VMMP_ADDR.

vmmp serve --print-config prints what is in force, as a file to begin with.`)
	r.request("SH", "KEYS")
	for _, k := range config.Keys {
		preset := "."
		if k.Default != "" {
			preset = ", by default " + k.Default + "."
		}
		r.item(k.Name, k.Doc+" "+k.Env()+preset)
	}
	r.request("SH", "FILES")
	r.line("The first that there is: that of --config, ./vmmp.yaml, $XDG_CONFIG_HOME/vmmp/vmmp.yaml")
	r.line("(~/.config by default; /etc/vmmp/vmmp.yaml for the service of systemd).")
	r.request("SH", "SEE ALSO")
	r.line("vmmp-serve(1)")
	return r.text.String()
}

// pages are those of vmmp as it is.
func pages(t *testing.T) map[string]string {
	t.Helper()
	c := newFakeEnv()
	c.getenv = os.Getenv
	date, err := trainingDate(&c.env, model.Material{})
	if err != nil {
		t.Fatal(err)
	}
	return manualOf(newRootCommand(&c.env, io.Discard), date)
}

// TestManPages writes the manual pages where -man says, and holds them whole: each
// command has one that tells all that its help does.
func TestManPages(t *testing.T) {
	written := pages(t)
	for _, c := range family(newRootCommand(&newFakeEnv().env, io.Discard)) {
		page, long := flow(written[manName(c)+".1"]), strings.Replace(c.Long, exitHelp, "", 1)
		parts := []string{c.Short, long, c.Example}
		if long != c.Long {
			parts = append(parts, strings.TrimPrefix(exitHelp, "\nEXIT STATUS"))
		}
		for _, part := range parts {
			if !strings.Contains(page, flow(part)) {
				t.Errorf("the page of %s does not say %q but\n%s", c.CommandPath(), flow(part), page)
			}
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && !strings.Contains(page, "--"+f.Name) {
				t.Errorf("the page of %s does not tell of --%s", c.CommandPath(), f.Name)
			}
		})
	}
	if *manFolder == "" {
		return
	}
	for name, page := range written {
		if err := os.WriteFile(filepath.Join(*manFolder, name), []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// flow are the words of a page, or of a text, in one line.
func flow(text string) string {
	return plain(strings.Join(strings.Fields(regexp.MustCompile(`(?m)^\..*$|^#+`).ReplaceAllString(text, "")), " "))
}

// plain is a page without its marks.
func plain(page string) string {
	back := strings.NewReplacer(`\e`, `\`, `\-`, "-", `\(aq`, "'", `\(ga`, "`", `\(ha`, "^", `\(ti`, "~", `\&`, "", `\fB`, "", `\fI`, "", `\fR`, "")
	return back.Replace(page)
}

func TestManPagesKnowEveryCommandAndKey(t *testing.T) {
	written := pages(t)
	for _, name := range []string{"vmmp.1", "vmmp-predict.1", "vmmp-serve.1", "vmmp-simulate.1", "vmmp-stress.1", "vmmp-train.1", "vmmp-version.1", "vmmp-completion-bash.1", "vmmp.yaml.5"} {
		if written[name] == "" {
			t.Errorf("no page %s among %q", name, slices.Sorted(maps.Keys(written)))
		}
	}
	for _, k := range config.Keys {
		for _, part := range []string{k.Name, k.Env(), k.Doc} {
			if !strings.Contains(plain(written["vmmp.yaml.5"]), part) {
				t.Errorf("vmmp.yaml.5 does not say %q", part)
			}
		}
	}
}

// Nothing of the machine, the moment or the user is in a page.
func TestManPagesAreTheSameEverywhere(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "")
	here := pages(t)
	t.Chdir(t.TempDir())
	for _, variable := range []string{"HOME", "USER", "TMPDIR", "TZ", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "VMMP_ADDR", "COLUMNS", "LANG"} {
		t.Setenv(variable, "/elsewhere")
	}
	t.Chdir(t.TempDir())
	if diff := cmp.Diff(here, pages(t)); diff != "" {
		t.Error(diff)
	}
	t.Setenv("SOURCE_DATE_EPOCH", "1764072000")
	dated := pages(t)
	for name, page := range here {
		head, rest, _ := strings.Cut(page, "\n")
		if want := strings.Replace(head, `""`, `"2025-11-25"`, 1) + "\n" + rest; dated[name] != want {
			t.Errorf("%s of a date begins with %.80q, want %.80q", name, dated[name], want)
		}
	}
}

func TestRoffKeepsWhatIsTyped(t *testing.T) {
	r := new(roff)
	r.prose(".begins with a dot\nC:\\new --flag=`a b` it's ~/x^2\n\n  kept   as\n  it is\n\n#### Linux:")
	r.item("-o, --output string", "form: \"text\"")
	r.request("TH", `A "B"`)
	want := `\&.begins with a dot
C:\enew \-\-flag=\(gaa b\(ga it\(aqs \(ti/x\(ha2
.PP
.EX
  kept   as
  it is
.EE
.PP
Linux:
.TP
\fB\-o,\fR \fB\-\-output\fR \fIstring\fR
form: "text"
.TH "A \(dqB\(dq"
`
	if diff := cmp.Diff(want, r.text.String()); diff != "" {
		t.Error(diff)
	}
	for _, line := range regexp.MustCompile(`(?m)^[.'].*`).FindAllString(strings.Join(slices.Collect(maps.Values(pages(t))), ""), -1) {
		if !regexp.MustCompile(`^\.(TH|nh|SH|PP|TP|EX|EE|B|I)( "[^"]*")*$`).MatchString(line) {
			t.Errorf("no request: %q", line)
		}
	}
}
