// Package migration is the vocabulary of vmmp: what is known of a virtual machine before a live migration (Features),
// what came of the migration (Outcome), and the two together (Record), with their units, bounds and textual forms.
//
// Everything is derived from one table, Definitions: the command line's flags, the JSON fields, the CSV columns and the
// columns of the model. To add a feature is to add a row there.
//
// Its invariants:
//
//   - Unknown is a value. The zero Features knows nothing; Get answers NaN for what is unknown, and outside the program
//     unknown is an absent field, null or an empty cell. No other NaN and no infinity gets in.
//   - Numbers keep the unit of their name (memory_mib, downtime_ms) here, at the edge of the program.
//   - Dirty rate, writable working set and measured dirty curve are three views of one thing, D(t): the distinct MiB a
//     guest dirties within t seconds. Curve is that one thing.
//
// The package imports nothing but the standard library.
package migration
