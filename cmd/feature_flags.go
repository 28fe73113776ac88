package cmd

import (
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vmmp/pkg/migration"
)

// featureFlags are the flags that the feature table declares, one for each
// feature, kept as text so that all their faults can be told at once.
type featureFlags [migration.Count]featureFlag

// featureFlag is the text that was given for one feature.
type featureFlag struct {
	kind  migration.Kind
	text  string
	given bool
}

// String returns the text that was given.
func (f *featureFlag) String() string { return f.text }

// Set takes any text; parse judges it.
func (f *featureFlag) Set(text string) error {
	f.text, f.given = text, true
	return nil
}

// Type returns what the help shows as the flag's argument.
func (f *featureFlag) Type() string {
	switch f.kind {
	case migration.Bool:
		return "bool"
	case migration.Points:
		return "s:MiB,..."
	case migration.Choice:
		return "name"
	case migration.Version:
		return "major.minor"
	}
	return "number"
}

// curveSeparator separates the points of a curve on the command line.
const curveSeparator = ','

// add declares the flags.
func (fs *featureFlags) add(set *pflag.FlagSet) {
	for f, d := range migration.Definitions {
		fs[f].kind = d.Kind
		flag := set.VarPF(&fs[f], d.Flag, "", describe(d))
		flag.Annotations = map[string][]string{topicAnnotation: {string(d.Topic)}}
		if d.Kind == migration.Bool {
			flag.NoOptDefVal = "true"
		}
	}
}

// describe returns a feature's line in the help.
func describe(d migration.Definition) string {
	text := d.Doc
	if d.Kind == migration.Choice {
		text += ": " + strings.Join(d.Choices, ", ")
	}
	if d.Unit != "" && d.Kind != migration.Points {
		text += ", " + d.Unit
	}
	if d.Required {
		text += " (required)"
	}
	return text
}

// any reports whether a feature was given.
func (fs *featureFlags) any() bool {
	for i := range fs {
		if fs[i].given {
			return true
		}
	}
	return false
}

// parse reads the flags that were given and lists all their faults.
func (fs *featureFlags) parse() (migration.Features, migration.Faults) {
	var x migration.Features
	var faults migration.Faults
	for f, d := range migration.Definitions {
		if !fs[f].given {
			continue
		}
		if err := x.Parse(migration.Feature(f), fs[f].text, curveSeparator); err != nil {
			faults = append(faults, migration.Fault{Location: "--" + d.Flag, Message: err.Error(), Value: fs[f].text})
		}
	}
	return x, faults
}

// flagFaults names the flag in place of the field.
func flagFaults(faults migration.Faults) migration.Faults {
	for i, fault := range faults {
		if f, ok := migration.Lookup(fault.Location); ok {
			faults[i].Location = "--" + f.Definition().Flag
		}
		faults[i].Message = compound.ReplaceAllStringFunc(faults[i].Message, func(name string) string {
			if f, ok := migration.Lookup(name); ok {
				return "--" + f.Definition().Flag
			}
			return name
		})
	}
	return faults
}

// compound matches the names of fields that nobody takes for a word of the sentence, as method is one.
var compound = regexp.MustCompile(`\b[a-z]+(_[a-z]+)+\b`)

// given names the flags that were typed, and not only defaulted to.
func given(c *cobra.Command) map[string]bool {
	names := map[string]bool{}
	c.Flags().Visit(func(f *pflag.Flag) { names[f.Name] = true })
	return names
}
