package cmd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vmmp/pkg/migration"
)

// flagFault returns an error that says what is wrong with a flag in words of the command line rather than
// of Go, and what was probably meant.
func flagFault(c *cobra.Command, err error) error {
	var value *pflag.InvalidValueError
	var unknown *pflag.NotExistError
	switch {
	case errors.As(err, &value):
		flag := value.GetFlag()
		err = fmt.Errorf("--%s must be %s, not %q", flag.Name, flagForm(flag.Value.Type()), value.GetValue())
	case errors.As(err, &unknown):
		name := strings.ReplaceAll(unknown.GetSpecifiedName(), "-", "_")
		if f, ok := migration.Lookup(migration.Nearest(name)); ok && c.Flags().Lookup(f.Definition().Flag) != nil {
			err = fmt.Errorf("%w; did you mean --%s?", err, f.Definition().Flag)
		}
	}
	return usage(fmt.Errorf("%w; see '%s --help'", err, c.CommandPath()))
}

// flagForm returns in words what the value of a flag of a type looks like.
func flagForm(kind string) string {
	switch kind {
	case "int":
		return "a whole number"
	case "uint64":
		return "a whole number from 0 on"
	case "float64":
		return "a number"
	case "duration":
		return "a time with its unit, such as 300ms or 2s"
	case "bool":
		return "true or false"
	}
	return "a " + kind
}
