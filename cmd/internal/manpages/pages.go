package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"vmmp/pkg/config"
)

// manual is what stands on every page beside what the program itself says.
type manual struct {
	version string
	date    string // of the edition, as 2025-11-25; empty where there is none
}

// pages returns the manual pages of vmmp, by the names of their files: one of each
// command, and one of the configuration.
func (m manual) pages(root *cobra.Command) map[string]string {
	pages := map[string]string{"vmmp.yaml.5": m.configurationPage()}
	for _, c := range family(root) {
		pages[manName(c)+".1"] = m.commandPage(c)
	}
	return pages
}

// family returns a command with all commands below it, but for the help.
func family(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, child := range c.Commands() {
		if child.IsAvailableCommand() {
			all = append(all, family(child)...)
		}
	}
	return all
}

func manName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// newPage begins a page.
func (m manual) newPage(name, section, short string) *roff {
	r := new(roff)
	fmt.Fprintf(&r.text, ".TH %q %q %q %q %q\n",
		strings.ToUpper(name), section, m.date, strings.TrimSpace("vmmp "+m.version), "vmmp")
	r.request("nh") // the names of variables are not to be divided
	r.request("SH", "NAME")
	r.line(name + " - " + short)
	return r
}

// statusHeading begins the part of a command's help that has a section of its own.
const statusHeading = "\nEXIT STATUS\n"

func (m manual) commandPage(c *cobra.Command) string {
	r := m.newPage(manName(c), "1", c.Short)
	r.request("SH", "SYNOPSIS")
	r.request("B", strings.TrimSuffix(c.UseLine(), " [flags]"))
	if c.HasAvailableSubCommands() {
		r.request("I", "command")
	}
	r.line("[flags]")
	long, codes, status := strings.Cut(c.Long, statusHeading)
	if long == "" {
		long = c.Short + "."
	}
	r.request("SH", "DESCRIPTION")
	r.prose(long)
	r.commands(c)
	r.options(c)
	if status {
		r.request("SH", strings.TrimSpace(statusHeading))
		r.kept(strings.Trim(codes, "\n"))
	}
	if c.HasExample() {
		r.request("SH", "EXAMPLES")
		r.kept(c.Example)
	}
	r.relatives(c)
	return r.text.String()
}

// commands lists the commands below c.
func (r *roff) commands(c *cobra.Command) {
	for i, child := range family(c)[1:] {
		if i == 0 {
			r.request("SH", "COMMANDS")
		}
		r.item(child.CommandPath(), child.Short)
	}
}

// options lists the flags in the words of the help.
func (r *roff) options(c *cobra.Command) {
	c.InitDefaultHelpFlag()
	r.request("SH", "OPTIONS")
	for line := range strings.SplitSeq(strings.TrimRight(c.LocalFlags().FlagUsages(), "\n"), "\n") {
		term, text, _ := strings.Cut(strings.TrimSpace(line), "   ")
		r.item(term, strings.TrimSpace(text))
	}
}

// relatives writes the names of the pages around that of c.
func (r *roff) relatives(c *cobra.Command) {
	r.request("SH", "SEE ALSO")
	var names []string
	if c.HasParent() {
		names = append(names, manName(c.Parent())+"(1)")
	}
	for _, child := range family(c)[1:] {
		names = append(names, manName(child)+"(1)")
	}
	if c.Flags().Lookup("config") != nil || !c.HasParent() {
		names = append(names, "vmmp.yaml(5)")
	}
	r.line(strings.Join(names, ", "))
}

// configurationPage returns the page on vmmp.yaml.
func (m manual) configurationPage() string {
	r := m.newPage("vmmp.yaml", "5", "what vmmp serve is told")
	r.request("SH", "DESCRIPTION")
	r.prose(`The file is YAML. A dot in the name of a key divides a section from what stands in
it. Each key can be set by an environment variable, too, which wins over the file;
the flags of vmmp serve win over both. API_HOST and API_PORT make an address where
there is no VMMP_ADDR.

vmmp serve --print-config prints what is in force, as a file to begin with.`)
	r.request("SH", "KEYS")
	for _, k := range config.Keys {
		preset := "."
		if k.Default != "" {
			preset = ", by default " + k.Default + "."
		}
		r.item(k.Name, k.Doc+" "+k.Env()+preset)
	}
	r.request("SH", "FILES")
	r.line("The first that there is: that of --config, ./vmmp.yaml, $XDG_CONFIG_HOME/vmmp/vmmp.yaml")
	r.line("(~/.config by default; /etc/vmmp/vmmp.yaml for the service of systemd).")
	r.request("SH", "SEE ALSO")
	r.line("vmmp-serve(1)")
	return r.text.String()
}
