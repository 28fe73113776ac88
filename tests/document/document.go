// Package document reads the documents of this repository for the tests that hold them
// to what the code says: as a whole, by sections and fenced blocks, and by the parts
// that such a test writes itself.
package document

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Top is the top folder of the repository, seen from the folders below tests/.
const Top = "../.."

// A Document is a text file of the repository.
type Document struct {
	Path string // slash-separated, below the top folder
	Text string
}

// All returns every Markdown file of the repository, in the order of their paths.
func All(t testing.TB) []Document {
	t.Helper()
	var all []Document
	err := fs.WalkDir(os.DirFS(Top), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || name == "bin" || name == "dist"):
			return fs.SkipDir
		case !d.IsDir() && path.Ext(name) == ".md":
			all = append(all, Read(t, name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Guides returns the documents that users read: README.md and those of docs/.
func Guides(t testing.TB) []Document {
	t.Helper()
	return slices.DeleteFunc(All(t), func(d Document) bool { return d.Path != "README.md" && path.Dir(d.Path) != "docs" })
}

// Read returns the file with a path below the top folder.
func Read(t testing.TB, name string) Document {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Top, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return Document{Path: name, Text: string(text)}
}

// write replaces the text of the document.
func (d Document) write(t testing.TB, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(Top, filepath.FromSlash(d.Path)), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A Block is a fenced block of a document.
type Block struct {
	Path     string   // of the document
	Sections []string // headings that it stands under, the outermost first
	Language string
	Text     string // its lines, each with its line feed
}

// Under reports whether the block stands in a section, or in one below it.
func (b Block) Under(section string) bool { return slices.Contains(b.Sections, section) }

var heading = regexp.MustCompile(`^(#+) (.*)\n`)

// parts calls line for each line outside the fenced blocks, and block for each of these.
func (d Document) parts(line func(string), block func(language, text string)) {
	language, text, fenced := "", "", false
	for l := range strings.Lines(d.Text) {
		mark, fence := strings.CutPrefix(strings.TrimLeft(l, " "), "```")
		switch {
		case fence && fenced:
			block(language, text)
			fenced = false
		case fence:
			language, text, fenced = strings.TrimSpace(mark), "", true
		case fenced:
			text += l
		default:
			line(l)
		}
	}
}

// Blocks returns the fenced blocks of the document, in their order.
func (d Document) Blocks() []Block {
	var all []Block
	var sections []string
	d.parts(func(line string) {
		if h := heading.FindStringSubmatch(line); h != nil {
			above := min(len(h[1])-1, len(sections))
			sections = append(slices.Clone(sections[:above]), h[2])
		}
	}, func(language, text string) {
		all = append(all, Block{d.Path, sections, language, text})
	})
	return all
}

// Headings returns the headings of the document.
func (d Document) Headings() []string {
	var all []string
	d.parts(func(line string) {
		if h := heading.FindStringSubmatch(line); h != nil {
			all = append(all, h[2])
		}
	}, func(string, string) {})
	return all
}

// Snippets returns the fenced blocks of a language in a section of the guides, in their
// order. It fails the test if there is no such section.
func Snippets(t testing.TB, section, language string) []string {
	t.Helper()
	found := false
	var texts []string
	for _, d := range Guides(t) {
		found = found || slices.Contains(d.Headings(), section)
		for _, b := range d.Blocks() {
			if b.Language == language && b.Under(section) {
				texts = append(texts, b.Text)
			}
		}
	}
	if !found {
		t.Fatalf("no guide has a section %q", section)
	}
	return texts
}
