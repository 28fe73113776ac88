package config

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

const header = `# What vmmp serve is told. It reads the file that --config names, else
# ./vmmp.yaml, else $XDG_CONFIG_HOME/vmmp/vmmp.yaml (~/.config by default).
# The environment wins over the file, the command line over both. The variable
# of a key is VMMP_ and its name in capitals, with _ for the dot between section
# and key: VMMP_LOG_LEVEL. API_HOST and API_PORT make an address, too, where
# there is no VMMP_ADDR.
`

// Write writes the configuration as a commented file that can be read again.
// Secrets are left out: prediction_key stands there as a comment, and the URL of
// a history has no password.
func (c Config) Write(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprint(b, header)
	section := ""
	for _, k := range Keys {
		entry, err := k.entry(&c)
		if err != nil {
			return err
		}
		indent := ""
		if s := k.section(); s != "" {
			indent = "  "
			if s != section {
				fmt.Fprintf(b, "\n%s:\n", s)
			}
		} else {
			fmt.Fprintln(b)
		}
		section = k.section()
		fmt.Fprintf(b, "%s# %s\n%s%s\n", indent, k.Doc, indent, entry)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
}

// entry returns the line of a key.
func (k Key) entry(c *Config) (string, error) {
	v := k.at(c)
	shown, secret := v.String(), false
	if k.hide != nil {
		shown, secret = k.hide(shown)
	}
	name := strings.TrimPrefix(k.Name, k.section()+".")
	if shown == hidden {
		return fmt.Sprintf("# %s: %s", name, hidden), nil
	}
	if _, isText := v.(text); isText {
		quoted, err := quoteYAML(shown)
		if err != nil {
			return "", fmt.Errorf("write %s: %w", k.Name, err)
		}
		shown = quoted
	}
	if secret {
		shown += " # without its password " + hidden
	}
	return name + ": " + shown, nil
}

// quoteYAML returns text in double quotes, on one line.
func quoteYAML(text string) (string, error) {
	node := yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: text}
	quoted, err := yaml.Marshal(&node)
	return strings.TrimSuffix(string(quoted), "\n"), err
}
