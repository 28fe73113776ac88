package docs

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vmmp/tests/document"
)

// link is a link or a picture in a document, but for those to other places.
var link = regexp.MustCompile(`\]\(([^):]+)\)`)

// TestLinks looks for what the documents link to in this repository: files, and headings
// in them.
func TestLinks(t *testing.T) {
	found := 0
	for _, d := range document.All(t) {
		for _, link := range link.FindAllStringSubmatch(d.Text, -1) {
			found++
			file, anchor, _ := strings.Cut(link[1], "#")
			target := d
			if file != "" {
				file = path.Join(path.Dir(d.Path), file)
				if _, err := os.Stat(filepath.Join(document.Top, file)); err != nil {
					t.Errorf("%s: %v", d.Path, err)
					continue
				}
			}
			if anchor == "" {
				continue
			}
			if file != "" {
				target = document.Read(t, file)
			}
			if !slices.ContainsFunc(target.Headings(), func(h string) bool { return anchorOf(h) == anchor }) {
				t.Errorf("%s links to %s, and %s has no such heading", d.Path, link[1], target.Path)
			}
		}
	}
	if found < 60 {
		t.Errorf("found %d links", found)
	}
}

// anchorOf is how a link names a heading.
func anchorOf(heading string) string {
	kept := regexp.MustCompile(`[^\pL\pN _-]`).ReplaceAllString(strings.ToLower(heading), "")
	return strings.ReplaceAll(kept, " ", "-")
}

// TestEveryGuideIsLinked finds the guides that a reader of the README would not come to.
func TestEveryGuideIsLinked(t *testing.T) {
	readme := document.Read(t, "README.md")
	for _, d := range document.Guides(t) {
		if d.Path != readme.Path && !strings.Contains(readme.Text, "]("+d.Path+")") {
			t.Errorf("README.md does not link to %s", d.Path)
		}
	}
}

// A stranger reads the README to its end: what is longer belongs in docs/.
func TestReadmeIsShort(t *testing.T) {
	const most = 230
	if lines := strings.Count(document.Read(t, "README.md").Text, "\n"); lines > most {
		t.Errorf("README.md has %d lines, want at most %d: move something to docs/", lines, most)
	}
}

// TestGlossary holds the glossary to the order in which terms are looked up.
func TestGlossary(t *testing.T) {
	var terms []string
	for _, row := range regexp.MustCompile(`(?m)^\| \*\*(.+?)\*\* \|`).FindAllStringSubmatch(document.Read(t, "docs/glossary.md").Text, -1) {
		terms = append(terms, strings.ToLower(row[1]))
	}
	if len(terms) < 20 || !slices.IsSorted(terms) {
		t.Errorf("the terms are not in alphabetical order, or few: %q", terms)
	}
}
