// Command vmmp predicts how long a virtual machine will be paused by a live
// migration, how long the move takes, whether it converges, how sure that is, and
// why.
package main

import (
	"os"

	"vmmp/cmd"
)

func main() { os.Exit(cmd.Execute()) }
