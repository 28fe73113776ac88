// Package sources holds the mapping files that say how the metrics of a platform are read: which query tells which
// feature of its VMs, and in which unit. Each is known by its name without the ending.
package sources

import "embed"

// Mappings are the files NAME.yaml.
//
//go:embed *.yaml
var Mappings embed.FS
