package cmd

import "github.com/spf13/cobra"

func newPredictCommand(*env) *cobra.Command { return &cobra.Command{Use: "predict"} }
