package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/terminal"
)

// outputFlag adds -o with the given forms, of which the first is the default.
func outputFlag(c *cobra.Command, dst *string, forms ...string) {
	c.Flags().StringVarP(dst, "output", "o", forms[0], "form of the result: "+strings.Join(forms, ", "))
	completion := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return forms, cobra.ShellCompDirectiveNoFileComp
	}
	if err := c.RegisterFlagCompletionFunc("output", completion); err != nil {
		panic(err) // only if the flag above did not exist
	}
}

// checkOutput refuses a form that the command does not write.
func checkOutput(form string, forms ...string) error {
	if slices.Contains(forms, form) {
		return nil
	}
	return usage(fmt.Errorf("-o %s is not a form of result here; take one of %s", form, strings.Join(forms, ", ")))
}

// writeJSON writes v indented, for a reader who may be a person.
func (e *env) writeJSON(v any) error {
	encoder := json.NewEncoder(e.stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return wrapWrite(encoder.Encode(v))
}

// widest is the most columns that a page takes: longer lines are hard to read.
const widest = 100

// writePage writes what fill puts on a page.
func (e *env) writePage(fill func(*page.Page)) error {
	columns, _ := terminal.Width(e.stdout)
	p := page.New(e.colored(), min(columns, widest))
	fill(p)
	_, err := io.WriteString(e.stdout, p.String())
	return wrapWrite(err)
}

// wrapWrite wraps an error of writing a result.
func wrapWrite(err error) error {
	if err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}
