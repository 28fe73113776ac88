package main

import (
	"path"
	"slices"
	"strings"
)

// module is the import path that all of ours begin with.
const module = "vmmp"

// law says which room may import what. A room is a folder with everything
// below it; "." is the top folder alone.
type law struct {
	rooms  map[string][]string // what a room may import of ours; "pkg/..." is every room below pkg
	tests  map[string][]string // what its tests may import of ours besides
	owners map[string][]string // the only rooms that may import a third-party path or what lies below it
	only   map[string][]string // the only third-party paths a room may import, its tests aside
	names  []string            // words that no file, folder or package may be called by
}

// faults returns what breaks the law, one line per file and import.
func (l law) faults(files []source) []string {
	var out []string
	for _, f := range files {
		if word := l.bannedName(f); word != "" {
			out = append(out, f.path+": the name "+word+" does not say what is in it")
		}
		room, ok := l.room(path.Dir(f.path))
		if !ok {
			out = append(out, f.path+": its folder is in no room of the table")
			continue
		}
		for _, imp := range f.imports {
			if reason := l.refusal(f, room, imp); reason != "" {
				out = append(out, f.path+": imports "+imp+": "+reason)
			}
		}
	}
	return out
}

// room returns the room that a folder below the top belongs to.
func (l law) room(dir string) (string, bool) {
	for d := dir; d != "."; d = path.Dir(d) {
		if _, ok := l.rooms[d]; ok {
			return d, true
		}
	}
	return dir, dir == "."
}

// refusal returns why the file, which lies in room, may not import imp, or ""
// if it may.
func (l law) refusal(f source, room, imp string) string {
	if ours, ok := strings.CutPrefix(imp, module+"/"); ok {
		return l.refusalOfOurs(f, room, ours)
	}
	if isStandard(imp) {
		return ""
	}
	return l.refusalOfTheirs(f, room, imp)
}

func (l law) refusalOfOurs(f source, room, folder string) string {
	target, ok := l.room(folder)
	if !ok {
		return "it is in no room of the table"
	}
	allowed := l.rooms[room]
	if f.isTest() {
		allowed = slices.Concat(allowed, l.tests[room])
	}
	for _, a := range allowed {
		if tree, ok := strings.CutSuffix(a, "/..."); a == target || ok && within(target, tree) {
			return ""
		}
	}
	if target == room {
		return ""
	}
	return room + " may import of ours " + list(allowed)
}

func (l law) refusalOfTheirs(f source, room, imp string) string {
	for p, owners := range l.owners {
		if within(imp, p) && !slices.Contains(owners, room) {
			return p + " is for " + list(owners)
		}
	}
	only, light := l.only[room]
	if !light || f.isTest() || slices.ContainsFunc(only, func(p string) bool { return within(imp, p) }) {
		return ""
	}
	return room + " may import of others " + list(only)
}

// bannedName returns the first word in the file's name, package or folders
// that the law bans.
func (l law) bannedName(f source) string {
	words := strings.FieldsFunc(strings.TrimSuffix(f.path, ".go"), func(r rune) bool {
		return r == '/' || r == '_'
	})
	words = append(words, strings.TrimSuffix(f.pkg, "_test"))
	for _, w := range words {
		if slices.Contains(l.names, w) {
			return w
		}
	}
	return ""
}

// within reports whether the slash-separated name is prefix or lies below it.
func within(name, prefix string) bool {
	return name == prefix || strings.HasPrefix(name, prefix+"/")
}

// isStandard goes by the rule that a path outside the standard library begins
// with a domain name.
func isStandard(imp string) bool {
	domain, _, _ := strings.Cut(imp, "/")
	return !strings.Contains(domain, ".")
}

func list(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}
