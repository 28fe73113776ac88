// Package config reads what vmmp serve is told: from the command line, from the
// environment and from a YAML file, each of which wins over the next. What none
// of them says has a default.
//
// One table, [Keys], declares every key. The defaults, the names of the
// environment variables and flags, the commented file that [Config.Write] makes
// and the keys that a file may hold all derive from it: adding a key is a row
// there and a field of [Config].
//
// Nothing is half read. [Load] returns a Config in which every value was checked,
// or an error that names every fault, where it stands and what would be accepted.
// No error and nothing written shows a secret.
package config
