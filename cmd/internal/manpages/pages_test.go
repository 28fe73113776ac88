package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"vmmp/cmd"
	"vmmp/pkg/config"
)

// pages are those of vmmp as it is, as they are written.
func pages(t *testing.T) map[string]string {
	t.Helper()
	folder := t.TempDir()
	if err := write(folder, "v1.2.3"); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		written[f.Name()] = string(text)
	}
	return written
}

// Each command has a page that tells all that its help does.
func TestManPages(t *testing.T) {
	written, statuses := pages(t), 0
	for _, c := range family(cmd.Root()) {
		page := flow(written[manName(c)+".1"])
		long, codes, status := strings.Cut(c.Long, statusHeading)
		if status {
			statuses++
		}
		if status != strings.Contains(written[manName(c)+".1"], "\n.SH \"EXIT STATUS\"\n") {
			t.Errorf("the page of %s has a section on its exit status: %t", c.CommandPath(), !status)
		}
		for _, part := range []string{c.Short, long, codes, c.Example} {
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
	if statuses == 0 {
		t.Error("no command tells its exit status")
	}
}

// flow are the words of a page, or of a text, in one line.
func flow(text string) string {
	return plain(strings.Join(strings.Fields(regexp.MustCompile(`(?m)^\..*$|^#+`).ReplaceAllString(text, "")), " "))
}

// plain is a page without its marks.
func plain(page string) string {
	back := strings.NewReplacer(
		`\e`, `\`, `\-`, "-", `\(aq`, "'", `\(ga`, "`", `\(ha`, "^", `\(ti`, "~", `\&`, "", `\fB`, "", `\fI`, "", `\fR`, "",
	)
	return back.Replace(page)
}

func TestManPagesKnowEveryCommandAndKey(t *testing.T) {
	written := pages(t)
	for _, name := range []string{
		"vmmp.1", "vmmp-predict.1", "vmmp-serve.1", "vmmp-simulate.1", "vmmp-stress.1", "vmmp-train.1", "vmmp-version.1",
		"vmmp-completion-bash.1", "vmmp.yaml.5",
	} {
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
	for _, variable := range []string{
		"HOME", "USER", "TMPDIR", "TZ", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "VMMP_ADDR", "COLUMNS", "LANG",
	} {
		t.Setenv(variable, "/elsewhere")
	}
	t.Chdir(t.TempDir())
	if diff := cmp.Diff(here, pages(t)); diff != "" {
		t.Error(diff)
	}
	t.Setenv("SOURCE_DATE_EPOCH", "today")
	if err := write(t.TempDir(), ""); err == nil || !strings.Contains(err.Error(), `SOURCE_DATE_EPOCH="today"`) {
		t.Errorf("an edition of today: %v", err)
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
	all := strings.Join(slices.Collect(maps.Values(pages(t))), "")
	for _, line := range regexp.MustCompile(`(?m)^[.'].*`).FindAllString(all, -1) {
		if !regexp.MustCompile(`^\.(TH|nh|SH|PP|TP|EX|EE|B|I)( "[^"]*")*$`).MatchString(line) {
			t.Errorf("no request: %q", line)
		}
	}
}
