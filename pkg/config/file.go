package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFile is the size in bytes beyond which a file is surely no configuration.
const maxFile = 1 << 20

// maxFaults are listed of one file; somebody who names the wrong file does not
// want to read more.
const maxFaults = 20

// fileName is what a file is called where none was named.
const fileName = "vmmp.yaml"

// findFile reads the file that o means. The path is empty if there is none.
func findFile(o Options) (string, []byte, error) {
	if o.File != "" {
		data, err := readFile(o.File)
		return o.File, data, err
	}
	candidates := []string{fileName}
	if folder := home(o.Getenv, "XDG_CONFIG_HOME", ".config"); folder != "" {
		candidates = append(candidates, filepath.Join(folder, "vmmp", fileName))
	}
	for _, path := range candidates {
		if data, err := readFile(path); !errors.Is(err, fs.ErrNotExist) {
			return path, data, err
		}
	}
	return "", nil, nil
}

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s: is a directory: name the file in it", path)
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s: is larger than %d MiB: that is no configuration of vmmp", path, maxFile>>20)
	}
	return data, nil
}

// parse returns a file's settings. path is only for messages.
func parse(path string, data []byte) (settings, []error) {
	r := reader{path: path, found: settings{}, seen: map[string]int{}}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	switch err := decoder.Decode(&first); {
	case errors.Is(err, io.EOF):
		return r.found, nil
	case err != nil:
		return nil, []error{r.notYAML(err)}
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, []error{r.fault(&second, "holds a second document: everything goes into the first")}
	case !errors.Is(err, io.EOF):
		return nil, []error{r.notYAML(err)}
	}
	r.document(first.Content[0])
	if more := len(r.faults) - maxFaults; more > 0 {
		r.faults = append(r.faults[:maxFaults], fmt.Errorf("%s: has %d more faults", path, more))
	}
	return r.found, r.faults
}

// reader collects what a file says. The YAML is not decoded but walked: only its
// nodes know their lines, and whether 08001 was written as such.
type reader struct {
	path   string
	found  settings
	seen   map[string]int // line of each name
	faults []error
}

func (r *reader) document(n *yaml.Node) {
	switch {
	case isNull(n):
	case n.Kind == yaml.MappingNode:
		r.section("", n)
	default:
		r.add(n, "must hold keys with values, such as %q", "addr: :8001")
	}
}

// section reads a mapping, of which all names begin with prefix.
func (r *reader) section(prefix string, n *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			r.add(key, "a key must be a word")
			continue
		}
		name := prefix + key.Value
		line, twice := r.seen[name]
		if twice {
			r.add(key, "%s is there twice, first on line %d", quote(name), line)
			continue
		}
		r.seen[name] = key.Line
		r.entry(name, key, val)
	}
}

// entry reads what stands behind one name.
func (r *reader) entry(name string, key, val *yaml.Node) {
	k := lookup(name)
	switch {
	case k == nil && !isSection(name):
		r.add(key, "unknown key %s%s", quote(name), meant(name))
	case isNull(val):
	case val.Kind == yaml.AliasNode:
		r.add(key, "%s must be written out: references to other places are not followed", name)
	case k != nil:
		r.value(k, key, val)
	case val.Kind == yaml.MappingNode:
		r.section(name+".", val)
	default:
		r.add(key, "%s must be a section: its keys stand below it, indented", name)
	}
}

func (r *reader) value(k *Key, key, n *yaml.Node) {
	if n.Kind != yaml.ScalarNode {
		r.add(key, "%s must be one value, not a list or a section", k.Name)
		return
	}
	// 1e3 and 0x10 are numbers to YAML: as text they would not be what they look like.
	if _, isText := k.at(new(Config)).(text); isText && n.Tag != "!!str" {
		r.add(n, "%s must be text: put it in quotes", k.Name)
		return
	}
	if err := k.check(r.at(n), n.Value); err != nil {
		r.faults = append(r.faults, err)
		return
	}
	r.found[k.Name] = n.Value
}

// isNull reports whether a value was left out.
func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null"
}

func (r *reader) at(n *yaml.Node) string {
	return fmt.Sprintf("%s:%d", r.path, n.Line)
}

func (r *reader) fault(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s: %s", r.at(n), fmt.Sprintf(format, args...))
}

func (r *reader) add(n *yaml.Node, format string, args ...any) {
	r.faults = append(r.faults, r.fault(n, format, args...))
}

// notYAML returns a parser's complaint on one line.
func (r *reader) notYAML(err error) error {
	complaint := strings.TrimPrefix(strings.Join(strings.Fields(err.Error()), " "), "yaml: ")
	if strings.HasPrefix(complaint, "unknown anchor") { // and would go on with what may be a secret
		complaint = "a value that begins with * must be put in quotes"
	}
	return fmt.Errorf("%s: is not YAML: %s", r.path, complaint)
}
