package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"vmmp/tests/document"
)

// step is a line of a walk: a file of the sources, and what stands in it.
var step = regexp.MustCompile("(?m)^\\| `([^`]+\\.go)` \\| `([^`]+)` \\|")

// TestWalks looks for every function and file that the documents walk through.
func TestWalks(t *testing.T) {
	declared, found := map[string][]string{}, 0
	for _, d := range document.Guides(t) {
		for _, s := range step.FindAllStringSubmatch(d.Text, -1) {
			found++
			file, name := s[1], s[2]
			if declared[file] == nil {
				declared[file] = declarations(t, file)
			}
			if !slices.Contains(declared[file], name) {
				t.Errorf("%s walks through %s of %s, which declares %q", d.Path, name, file, declared[file])
			}
		}
	}
	if found < 60 {
		t.Errorf("found %d steps", found)
	}
}

// declarations lists what a file declares: functions, types, variables and constants by
// their names, methods as Type.Name.
func declarations(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(document.Top, filepath.FromSlash(file)), nil, 0)
	if err != nil {
		t.Error(err)
		return []string{}
	}
	var names []string
	for _, d := range parsed.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			names = append(names, receiver(d)+d.Name.Name)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					names = append(names, s.Name.Name)
				case *ast.ValueSpec:
					for _, n := range s.Names {
						names = append(names, n.Name)
					}
				}
			}
		}
	}
	return names
}

// receiver is the type of a method with a dot behind it, empty for a function.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	of := f.Recv.List[0].Type
	if pointer, ok := of.(*ast.StarExpr); ok {
		of = pointer.X
	}
	if generic, ok := of.(*ast.IndexExpr); ok {
		of = generic.X
	}
	return of.(*ast.Ident).Name + "."
}
