package document

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update-docs", false, "write the generated parts of the documents anew")

// Linter is the one file with generated parts that is not a Markdown document.
const Linter = ".golangci.yml"

// Written checks that a generated part of a document is what the code says, or writes
// it anew under -update-docs. The part stands between two comments, the first of which
// says how it is written; any one document has it.
func Written(t *testing.T, part, want string) {
	t.Helper()
	command := Command(t)
	for _, d := range append(All(t), Read(t, Linter)) {
		from, to := fmt.Sprintf("<!-- %s: written by `%s` -->\n", part, command), fmt.Sprintf("<!-- /%s -->\n", part)
		if d.Path == Linter {
			from, to = fmt.Sprintf("# %s: written by `%s`\n", part, command), fmt.Sprintf("# /%s\n", part)
		}
		before, rest, found := strings.Cut(d.Text, from)
		if !found {
			continue
		}
		shown, after, closed := strings.Cut(rest, to)
		if !closed {
			t.Fatalf("%s: the %s have no end", d.Path, part)
		}
		// The indentation of the last mark belongs to the mark.
		indent := shown[strings.LastIndexByte(shown, '\n')+1:]
		d.Replaces(t, strings.TrimSuffix(shown, indent), want, before+from+want+indent+to+after)
		return
	}
	t.Fatalf("no document has a place for the %s that is written by `%s`", part, command)
}

// Replaces fails the test if what the document shows is not what it should; under
// -update-docs it writes the new text of the document instead.
func (d Document) Replaces(t *testing.T, shown, want, text string) {
	t.Helper()
	switch {
	case shown == want:
	case *update:
		d.write(t, text)
	default:
		t.Errorf("%s does not show what the code says; run: %s\nIt shows\n%s\nand should show\n%s",
			d.Path, Command(t), shown, want)
	}
}

// Command returns the command by which the running test writes its part of a document.
func Command(t *testing.T) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("go test ./tests/%s -run %s -update-docs", filepath.Base(folder), t.Name())
}
