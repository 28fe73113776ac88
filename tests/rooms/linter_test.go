package rooms

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vmmp/tests/document"
)

// TestLinter holds the depguard rules of .golangci.yml to the table, or writes them.
func TestLinter(t *testing.T) { document.Written(t, "rules", rules(table)) }

// rule is one of depguard. Of two entries that match an import, the longer one decides.
type rule struct {
	name   string
	strict bool // whether what is not allowed is denied, instead of what is denied
	files  []string
	deny   []string
	desc   string
	allow  []string
}

// rules returns all rules that the law makes, in YAML.
func rules(l law) string {
	var b strings.Builder
	for _, r := range l.rooms {
		if slices.Contains(r.imports, "...") {
			continue // nothing to deny
		}
		for _, one := range l.roomRules(r) {
			b.WriteString(one.yaml())
		}
	}
	for _, d := range l.doors {
		b.WriteString(d.rule().yaml())
	}
	return b.String()
}

// roomRules are one for what the room imports of ours, a second one for its tests where
// they may import more, and one for what it imports of others where that is not free.
func (l law) roomRules(r room) []rule {
	name, files := ruleName(r.folder), l.files(r)
	ours := l.ours(rule{name: name, files: files}, r, r.imports)
	var all []rule
	if len(r.tests) > 0 {
		ours.files = append(slices.Clone(files), "!$test")
		tests := rule{name: name + "-tests", files: []string{glob(r.folder) + "/*_test.go"}}
		all = append(all, l.ours(tests, r, slices.Concat(r.imports, r.tests)))
	}
	all = append([]rule{ours}, all...)
	if r.light {
		all = append(all, rule{
			name: name + "-light", strict: true, files: append(slices.Clone(files), "!$test"),
			allow: slices.Concat([]string{"$gostd"}, r.only, []string{module + "/"}),
		})
	}
	return all
}

// ours fills in which rooms may be imported: those named and the room itself, without
// the rooms that lie below one of them.
func (l law) ours(one rule, r room, imports []string) rule {
	one.desc = name(r.folder) + " imports of ours: " + short(imports)
	one.deny = []string{module + "/"}
	if r.folder != "." {
		imports = slices.Concat([]string{r.folder}, imports)
	}
	for _, entry := range imports {
		one.allow = append(one.allow, module+"/"+strings.TrimSuffix(entry, "..."))
		for _, below := range l.rooms {
			if below.folder != entry && within(below.folder, entry) && !slices.Contains(imports, below.folder) {
				one.deny = append(one.deny, module+"/"+below.folder)
			}
		}
	}
	return one
}

// rule keeps a library to its rooms.
func (d door) rule() rule {
	r := rule{name: ruleName(d.path), files: []string{"$all"}, deny: []string{d.path}, desc: "for " + short(d.rooms)}
	for _, room := range d.rooms {
		r.files = append(r.files, "!"+glob(room))
	}
	return r
}

// files are the patterns of the files of a room. config-path anchors them at the top,
// wherever the checkout lies.
func (l law) files(r room) []string {
	files := []string{glob(r.folder)}
	for _, below := range l.rooms {
		if below.folder != r.folder && within(below.folder, r.folder) {
			files = append(files, "!"+glob(below.folder))
		}
	}
	return files
}

func glob(folder string) string {
	if folder == "." {
		return "${config-path}/*.go"
	}
	return "${config-path}/" + folder + "/**"
}

// ruleName is the name of the rule of a folder or library: a key of YAML without dots.
func ruleName(p string) string {
	if p == "." {
		return "main"
	}
	return strings.NewReplacer("pkg/", "", "/", "-", ".", "-").Replace(p)
}

func (r rule) yaml() string {
	var b strings.Builder
	mode := "lax"
	if r.strict {
		mode = "strict"
	}
	fmt.Fprintf(&b, "        %s:\n          list-mode: %s\n          files: [%s]\n", r.name, mode, quoted(r.files))
	if len(r.deny) > 0 {
		entry := func(p string) string { return fmt.Sprintf("{pkg: %s, desc: %q}", p, r.desc) }
		fmt.Fprintf(&b, "          deny: [%s]\n", each(r.deny, entry))
	}
	if len(r.allow) > 0 {
		fmt.Fprintf(&b, "          allow: [%s]\n", strings.Join(r.allow, ", "))
	}
	return b.String()
}

func quoted(items []string) string { return each(items, strconv.Quote) }

func each(items []string, form func(string) string) string {
	formed := make([]string, len(items))
	for i, item := range items {
		formed[i] = form(item)
	}
	return strings.Join(formed, ", ")
}
