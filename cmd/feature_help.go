package cmd

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vmmp/pkg/migration"
)

// topicAnnotation is what flags are annotated with that the help lists under a heading of their own.
const topicAnnotation = "vmmp_topic"

// explainFeatures makes the help of a command list the flags of features by their topics, below its other flags, and
// the shell complete the names that a feature can have. The flags must have been declared.
func explainFeatures(c *cobra.Command) {
	whole := c.UsageFunc()
	c.SetUsageFunc(func(c *cobra.Command) error {
		hideFeatures(c.LocalFlags(), true)
		err := whole(c)
		hideFeatures(c.LocalFlags(), false)
		if err != nil {
			return err
		}
		for _, topic := range migration.Topics {
			usages := flagsOf(topic, c.LocalFlags()).FlagUsages()
			if _, err := fmt.Fprintf(c.OutOrStderr(), "\n%s:\n%s", topic, usages); err != nil {
				return err
			}
		}
		return nil
	})
	for _, d := range migration.Definitions {
		if d.Kind != migration.Choice {
			continue
		}
		err := c.RegisterFlagCompletionFunc(d.Flag, cobra.FixedCompletions(d.Choices, cobra.ShellCompDirectiveNoFileComp))
		if err != nil {
			panic(err) // only if the flag did not exist
		}
	}
}

// hideFeatures takes the flags of features out of the help, or puts them back.
func hideFeatures(flags *pflag.FlagSet, hidden bool) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Annotations[topicAnnotation] != nil {
			f.Hidden = hidden
		}
	})
}

// flagsOf returns the flags of the features of a topic, in the order of the table.
func flagsOf(topic migration.Topic, flags *pflag.FlagSet) *pflag.FlagSet {
	some := pflag.NewFlagSet(string(topic), pflag.ContinueOnError)
	some.SortFlags = false
	for _, d := range migration.Definitions {
		if f := flags.Lookup(d.Flag); f != nil && d.Topic == topic {
			some.AddFlag(f)
		}
	}
	return some
}
