package config

// Options are where a configuration comes from.
type Options struct {
	// File is the file to read. If it is empty, ./vmmp.yaml is read, else vmmp/vmmp.yaml
	// below $XDG_CONFIG_HOME or ~/.config, either of which may be missing.
	File string
	// Flags are the values typed on the command line, by the names of their keys. A
	// name that is no key panics.
	Flags map[string]string
	// Getenv reads the environment; nil: os.Getenv.
	Getenv func(string) string
}

// settings are values as typed, by the names of their keys, all of them checked.
type settings map[string]any
