// Package configs holds the files that vmmp is set up with. vmmp.yaml names every
// key and its default; a test of the command line holds it and the code equal.
package configs

import _ "embed"

// Default is vmmp.yaml: every key with its comment and its default.
//
//go:embed vmmp.yaml
var Default []byte
