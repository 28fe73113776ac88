package prometheus

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"vmmp/pkg/migration"
)

// ErrUnknownMapping is the error of a name that no mapping has.
var ErrUnknownMapping = errors.New("no such mapping")

// maxMapping is how long a mapping file may be, in bytes.
const maxMapping = 1 << 20

// LoadMapping returns the mapping of that name among the files, such as kubevirt of kubevirt.yaml, or that of the file
// at a path, which has a slash or ends as YAML does. Errors name every fault of the file with its line, or wrap
// ErrUnknownMapping and say which there are.
func LoadMapping(files fs.FS, name string) (Mapping, error) {
	if !isPath(name) {
		text, err := fs.ReadFile(files, name+".yaml")
		if err != nil {
			return Mapping{}, unknownMapping(files, name)
		}
		return ParseMapping(name, text)
	}
	file, err := os.Open(name)
	if err != nil {
		return Mapping{}, fmt.Errorf("read mapping: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxMapping+1))
	if err != nil {
		return Mapping{}, fmt.Errorf("read mapping: %w", err)
	}
	return ParseMapping(name, text)
}

// isPath reports whether a mapping is told by the path of its file.
func isPath(name string) bool {
	ending := path.Ext(name)
	return strings.ContainsRune(name, '/') || strings.ContainsRune(name, filepath.Separator) ||
		ending == ".yaml" || ending == ".yml"
}

// unknownMapping says which mappings there are.
func unknownMapping(files fs.FS, name string) error {
	paths, _ := fs.Glob(files, "*.yaml") // the pattern is a good one
	for i, p := range paths {
		paths[i] = strings.TrimSuffix(p, ".yaml")
	}
	if near := migration.NearestName(name, paths); near != "" {
		return fmt.Errorf("%w as %q: did you mean %s?", ErrUnknownMapping, name, near)
	}
	return fmt.Errorf("%w as %q: there are %s; one of your own is given by its path, such as ./%s.yaml",
		ErrUnknownMapping, name, strings.Join(paths, ", "), path.Base(name))
}
