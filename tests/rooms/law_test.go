package rooms

import (
	"path"
	"slices"
	"strings"
)

// module is the import path that all of ours begin with.
const module = "vmmp"

// law says which room may import what.
type law struct {
	rooms []room
	doors []door
	names []string // words that no file, folder or package may be called by
}

// room is a folder with everything below it, but for what is a room of its own; "." is
// the top folder alone.
type room struct {
	folder  string
	holds   string   // what lives there
	imports []string // of ours; "..." is every room, "pkg/..." every room below pkg
	tests   []string // what its tests may import of ours besides
	light   bool     // whether, its tests aside, it may import of others only what follows
	only    []string
}

// door is a third-party library, or what lies below its path, that some rooms alone may
// import.
type door struct {
	name  string
	path  string
	rooms []string
}

// find returns the room of a folder, which is its own.
func (l law) find(folder string) (room, bool) {
	i := slices.IndexFunc(l.rooms, func(r room) bool { return r.folder == folder })
	if i < 0 {
		return room{}, false
	}
	return l.rooms[i], true
}

// room returns the room that a folder below the top belongs to: the nearest one above.
func (l law) room(dir string) (room, bool) {
	for d := dir; d != "."; d = path.Dir(d) {
		if r, ok := l.find(d); ok {
			return r, true
		}
	}
	if dir != "." {
		return room{}, false
	}
	return l.find(dir)
}

// where ends every fault.
const where = "; the law is in tests/rooms/table_test.go"

// faults returns what breaks the law, one line per file and import.
func (l law) faults(files []source) []string {
	var out []string
	fault := func(f source, what string) { out = append(out, f.path+": "+what+where) }
	for _, f := range files {
		if word := l.bannedName(f); word != "" {
			fault(f, "the name "+word+" does not say what is in it")
		}
		if path.Dir(f.path) == "." && f.path != "main.go" {
			fault(f, "main.go is the only file of Go at the top")
		}
		room, ok := l.room(path.Dir(f.path))
		if !ok {
			fault(f, "its folder is in no room of the table")
			continue
		}
		for _, imp := range f.imports {
			if reason := l.refusal(f, room, imp); reason != "" {
				fault(f, "imports "+imp+": "+reason)
			}
		}
	}
	return out
}

// refusal returns why the file, which lies in the room, may not import imp, or "" if it
// may.
func (l law) refusal(f source, r room, imp string) string {
	if ours, ok := strings.CutPrefix(imp, module+"/"); ok {
		return l.refusalOfOurs(f, r, ours)
	}
	if isStandard(imp) {
		return ""
	}
	return l.refusalOfTheirs(f, r, imp)
}

func (l law) refusalOfOurs(f source, r room, folder string) string {
	target, ok := l.room(folder)
	if !ok {
		return "it is in no room of the table"
	}
	allowed := r.imports
	if f.isTest() {
		allowed = slices.Concat(allowed, r.tests)
	}
	if target.folder == r.folder || slices.ContainsFunc(allowed, func(a string) bool { return covers(a, target.folder) }) {
		return ""
	}
	return r.folder + " may import of ours " + list(allowed)
}

func (l law) refusalOfTheirs(f source, r room, imp string) string {
	for _, d := range l.doors {
		if within(imp, d.path) && !slices.Contains(d.rooms, r.folder) {
			return d.path + " is for " + list(d.rooms)
		}
	}
	if !r.light || f.isTest() || slices.ContainsFunc(r.only, func(p string) bool { return within(imp, p) }) {
		return ""
	}
	return r.folder + " may import of others " + list(r.only)
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

// covers reports whether an entry of a room's imports names a room.
func covers(entry, folder string) bool {
	if entry == "..." {
		return true
	}
	tree, many := strings.CutSuffix(entry, "/...")
	return entry == folder || many && within(folder, tree)
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
