package prometheus

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"vmmp/pkg/migration"
)

// decoder reads a mapping file, and gathers what is wrong with it.
type decoder struct {
	file   string
	faults []error
}

// document returns the only document of the text; nil, with a fault, where it has none or more.
func (d *decoder) document(text []byte) *yaml.Node {
	if len(text) > maxMapping {
		d.faults = append(d.faults, fmt.Errorf("%s is longer than %d bytes", d.file, maxMapping))
		return nil
	}
	reader := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	if err := reader.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("it is empty")
		}
		d.faults = append(d.faults, fmt.Errorf("%s: %s", d.file, strings.TrimPrefix(err.Error(), "yaml: ")))
		return nil
	}
	if err := reader.Decode(&more); !errors.Is(err, io.EOF) {
		d.faults = append(d.faults, fmt.Errorf("%s: it is more than one document", d.file))
		return nil
	}
	return doc.Content[0]
}

// fault notes what is wrong at a place.
func (d *decoder) fault(n *yaml.Node, format string, args ...any) {
	d.faults = append(d.faults, fmt.Errorf("%s:%d: %s", d.file, n.Line, fmt.Sprintf(format, args...)))
}

// fields is what is known of a table, by its keys.
type fields map[string]func(*yaml.Node)

// table reads a table whose keys are known.
func (d *decoder) table(n *yaml.Node, what string, known fields) {
	d.pairs(n, what, func(key, value *yaml.Node) {
		read, ok := known[key.Value]
		if !ok {
			d.unknown(key, what, slices.Sorted(maps.Keys(known)))
			return
		}
		read(value)
	})
}

// pairs reads a table of any keys, none of them twice.
func (d *decoder) pairs(n *yaml.Node, what string, read func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		d.fault(n, "%s has to be a table of keys and values", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yaml.ScalarNode:
			d.fault(key, "a key of %s has to be a word", what)
		case seen[key.Value]:
			d.fault(key, "%s is in %s twice", clip(key.Value), what)
		default:
			seen[key.Value] = true
			read(key, n.Content[i+1])
		}
	}
}

// unknown notes a key that means nothing, with what was probably meant.
func (d *decoder) unknown(key *yaml.Node, what string, known []string) {
	if near := migration.NearestName(key.Value, known); near != "" {
		d.fault(key, "%s has no %q: did you mean %s?", what, clip(key.Value), near)
		return
	}
	d.fault(key, "%s has no %q: there are %s", what, clip(key.Value), strings.Join(known, ", "))
}

// text reads a text that is not empty.
func (d *decoder) text(dst *string, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || strings.TrimSpace(n.Value) == "" || n.Tag == "!!null" {
			d.fault(n, "%s has to be a text", what)
			return
		}
		*dst = strings.TrimSpace(n.Value)
	}
}

// duration reads a time span of more than nothing and at most a day.
func (d *decoder) duration(dst *time.Duration, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		v, err := time.ParseDuration(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil || v < time.Millisecond || v > 24*time.Hour {
			d.fault(n, "%s has to be a time span like 5m, of a day at most, not %q", what, clip(n.Value))
			return
		}
		*dst = v
	}
}

// number reads a number other than 0.
func (d *decoder) number(dst *float64, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		v, err := strconv.ParseFloat(n.Value, 64)
		if n.Kind != yaml.ScalarNode || err != nil || v == 0 || v-v != 0 {
			d.fault(n, "%s has to be a number other than 0, not %q", what, clip(n.Value))
			return
		}
		*dst = v
	}
}

// label reads the name of a label.
func (d *decoder) label(dst *string, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var name string
		d.text(&name, what)(n)
		if name != "" && !isLabel(name) {
			d.fault(n, "%s has to be the name of a label, not %q", what, clip(name))
			return
		}
		*dst = name
	}
}

// clip shortens what messages repeat.
func clip(text string) string {
	const longest = 60
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "..."
	}
	return text
}
