package rooms

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"vmmp/tests/document"
)

// TestArchitecture holds the picture of the rooms to the law, or draws it.
func TestArchitecture(t *testing.T) { document.Written(t, "architecture", picture(table)) }

// picture is a Mermaid graph of who imports whom, without the arrows that follow from
// others, and without the rooms that only tests are in.
func picture(l law) string {
	uses := l.uses()
	var b strings.Builder
	b.WriteString("```mermaid\ngraph TD\n")
	for _, r := range l.rooms {
		if isDrawn(r) {
			fmt.Fprintf(&b, "    %s[\"%s\"]\n", node(r.folder), name(r.folder))
		}
	}
	for _, r := range l.rooms {
		for _, to := range direct(uses, r.folder) {
			fmt.Fprintf(&b, "    %s --> %s\n", node(r.folder), node(to))
		}
	}
	return b.String() + "```\n"
}

// isDrawn leaves out rooms of tests.
func isDrawn(r room) bool {
	return !slices.Contains(r.imports, "...") && (len(r.imports) > 0 || len(r.tests) == 0)
}

// uses lists the rooms that each may import, in the order of the table.
func (l law) uses() map[string][]string {
	all := map[string][]string{}
	for _, r := range l.rooms {
		for _, to := range l.rooms {
			mayImport := slices.ContainsFunc(r.imports, func(entry string) bool { return covers(entry, to.folder) })
			if isDrawn(r) && mayImport && to.folder != r.folder {
				all[r.folder] = append(all[r.folder], to.folder)
			}
		}
	}
	return all
}

// direct lists the rooms that one may import and that no other of them leads to.
func direct(uses map[string][]string, room string) []string {
	return slices.DeleteFunc(slices.Clone(uses[room]), func(to string) bool {
		return slices.ContainsFunc(uses[room], func(over string) bool { return leadsTo(uses, over, to) })
	})
}

// leadsTo reports whether imports lead from one room to another.
func leadsTo(uses map[string][]string, from, to string) bool {
	return slices.ContainsFunc(uses[from], func(next string) bool { return next == to || leadsTo(uses, next, to) })
}

// node is the name of a room in the graph, where a dot or a slash would mean something.
func node(folder string) string {
	if folder == "." {
		return "main"
	}
	return strings.ReplaceAll(folder, "/", "_")
}

func TestPicture(t *testing.T) {
	l := law{rooms: []room{
		{folder: ".", imports: []string{"cmd"}},
		{folder: "cmd", imports: []string{"pkg/..."}},
		{folder: "pkg/a", imports: []string{"pkg/a/b", "c"}},
		{folder: "pkg/a/b", imports: []string{"c"}},
		{folder: "c"},
		{folder: "rules", tests: []string{"c"}},
		{folder: "tests", imports: []string{"..."}},
	}}
	want := "```mermaid\ngraph TD\n" +
		"    main[\"main.go\"]\n    cmd[\"cmd\"]\n    pkg_a[\"a\"]\n    pkg_a_b[\"a/b\"]\n    c[\"c\"]\n" +
		"    main --> cmd\n    cmd --> pkg_a\n    pkg_a --> pkg_a_b\n    pkg_a_b --> c\n```\n"
	if got := picture(l); got != want {
		t.Errorf("drawn\n%s\nwant\n%s", got, want)
	}
}
