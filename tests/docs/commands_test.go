package docs

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"vmmp/tests/document"
)

// TestSessions runs what the documents show of a terminal, and compares what is printed.
func TestSessions(t *testing.T) {
	ran := map[string]int{}
	for _, d := range document.All(t) {
		for _, b := range d.Blocks() {
			command, shown, _ := strings.Cut(b.Text, "\n")
			command, ours := strings.CutPrefix(command, "$ vmmp ")
			if b.Language != "console" || !ours {
				continue
			}
			ran[d.Path]++
			printed := prints(t, vmmp(t, strings.Fields(command)...))
			text := strings.Replace(d.Text, shown, printed, 1)
			d.Replaces(t, shown, printed, text)
			d.Text = text
		}
	}
	if ran["README.md"] == 0 {
		t.Error("README.md shows no session")
	}
}

// demonstration is the section of the guides that TestDemonstration runs.
const demonstration = "A demonstration"

// command is what stands behind the name of the program.
var command = regexp.MustCompile(`(?m)^(?:\$ )?(?: *go run \.|vmmp) ([a-z]+[^#\n]*)`)

// commands are the commands that guides tell people to type: as blocks of the shell, and
// indented ones.
func commands(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, d := range document.Guides(t) {
		text := d.Text
		for _, b := range d.Blocks() {
			if b.Under(demonstration) {
				text = strings.Replace(text, b.Text, "", 1)
			}
		}
		for _, c := range command.FindAllStringSubmatch(text, -1) {
			line, _, _ := strings.Cut(c[1], "&&")
			all = append(all, line)
		}
	}
	return all
}

// TestCommandsRun runs what the guides tell people to type, as far as it needs no file of
// theirs.
func TestCommandsRun(t *testing.T) {
	ran := map[string]int{}
	for _, line := range commands(t) {
		if strings.ContainsAny(line, "<>") || strings.Contains(line, ".csv") || strings.Contains(line, ".vmmp") {
			continue
		}
		if strings.HasPrefix(line, "stress") { // takes a minute of a whole machine
			continue
		}
		if strings.Contains(line, "--backend qemu") { // run where QEMU is, by TestMigrationsAreReal
			continue
		}
		args := strings.Fields(line)
		ran[args[0]]++
		switch {
		case args[0] != "serve" || slices.Contains(args, "--print-config"):
			prints(t, vmmp(t, args...))
		case strings.Contains(line, "postgres://"): // of theirs, too: that it is understood is all that can be told
			told := "\nhistory: \"" + args[slices.Index(args, "--history")+1] + "\"\n"
			if printed := prints(t, vmmp(t, append(args, "--print-config")...)); !strings.Contains(printed, told) {
				t.Errorf("vmmp %s: the history is another:\n%s", line, printed)
			}
		default:
			serve(t, args[1:]...).stop(t)
		}
	}
	for verb, least := range map[string]int{"predict": 3, "serve": 3, "simulate": 2} {
		if ran[verb] < least {
			t.Errorf("found only %d commands to run of vmmp %s in the guides", ran[verb], verb)
		}
	}
}
