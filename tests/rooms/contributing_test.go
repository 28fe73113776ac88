package rooms

import (
	"fmt"
	"strings"
	"testing"

	"vmmp/tests/document"
)

// TestContributing holds the tables of CONTRIBUTING.md to the law, or writes them.
func TestContributing(t *testing.T) {
	document.Written(t, "rooms", roomTable(table))
	document.Written(t, "libraries", doorTable(table))
}

func roomTable(l law) string {
	var b strings.Builder
	b.WriteString("| folder | what lives there | imports of ours |\n|---|---|---|\n")
	for _, r := range l.rooms {
		imports := short(r.imports)
		switch {
		case len(r.tests) > 0 && len(r.imports) == 0:
			imports = "in tests only: " + short(r.tests)
		case len(r.tests) > 0:
			imports += "; in tests also " + short(r.tests)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", folderName(r.folder), r.holds, imports)
	}
	return b.String()
}

func folderName(folder string) string {
	if folder == "." {
		return "main.go"
	}
	return folder + "/"
}

// doorTable lists the libraries that are for some rooms only, and the rooms that may
// import few.
func doorTable(l law) string {
	var b strings.Builder
	b.WriteString("| library | imported by |\n|---|---|\n")
	for _, d := range l.doors {
		fmt.Fprintf(&b, "| %s | %s |\n", d.name, short(d.rooms))
	}
	for _, r := range l.rooms {
		if r.light {
			fmt.Fprintf(&b, "\nOutside its tests `%s` keeps to the standard library%s.\n", folderName(r.folder), and(l, r.only))
		}
	}
	return b.String()
}

// and names libraries that a sentence goes on with.
func and(l law, paths []string) string {
	text := ""
	for _, d := range l.doors {
		for _, p := range paths {
			if d.path == p {
				text += " and " + d.name
			}
		}
	}
	return text
}

// short names rooms as people do, without pkg/.
func short(rooms []string) string {
	if len(rooms) == 0 {
		return "none"
	}
	names := make([]string, len(rooms))
	for i, r := range rooms {
		names[i] = name(r)
	}
	return strings.Join(names, ", ")
}

// name is what people call a room, or an entry of what one imports.
func name(room string) string {
	switch room {
	case ".":
		return "main.go"
	case "...":
		return "any"
	case "pkg/...":
		return "any `pkg/`"
	}
	return strings.TrimPrefix(room, "pkg/")
}
