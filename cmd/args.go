package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// knownCommand refuses a word that is no command, and says which was meant.
func knownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	meant := ""
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		meant = fmt.Sprintf("; did you mean %s?", strings.Join(near, " or "))
	}
	return usage(fmt.Errorf("unknown command %q%s; see '%s --help'", args[0], meant, c.CommandPath()))
}

// atMostOneVM refuses more arguments than the name of a VM, and the URI of its place.
func atMostOneVM(c *cobra.Command, args []string) error {
	libvirt := c.Flags().Lookup("libvirt")
	if most := 1; len(args) > most && !(libvirt.Changed && len(args) == most+1) {
		path := c.CommandPath()
		return usage(fmt.Errorf("%s takes the name of one VM, not %q; see '%s --help'", path, args, path))
	}
	if len(args) == 1 && (args[0] == "true" || args[0] == "false") {
		return noArguments(c, args)
	}
	return nil
}

// noArguments refuses arguments that are no flags, as a fault of usage.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		remedy := "see '" + c.CommandPath() + " --help'"
		if args[0] == "true" || args[0] == "false" {
			remedy = "write it behind the flag as --flag=" + args[0]
		}
		return usage(fmt.Errorf("%s takes flags only, not %q; %s", c.CommandPath(), args[0], remedy))
	}
	return nil
}
