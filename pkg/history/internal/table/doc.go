// Package table holds what the histories in databases have in common: the rows of
// their tables, reading and pruning them, the steps of a schema, and errors that name
// the history, its fault and a remedy.
package table
