// Package history keeps observed migrations: what was known of each VM, what was
// predicted, what came of it.
//
// One contract, [Store], has two implementations that pass one test suite, that of
// package historytest: package sqlite keeps a file beside the server and is the
// default, package postgres a database that several replicas share. Package stores
// chooses one of them by the form of the location.
//
// What holds for both:
//
//   - What Append has acknowledged is on disk. A process that is killed, or a
//     machine that loses power, the next moment loses nothing of it.
//   - Appends of many callers share one transaction (group commit), so that being
//     durable does not mean being slow. A batch is appended whole or not at all.
//   - An idempotency key makes a repeated batch harmless: the answer of the first
//     one is repeated.
//   - Reading never waits for writing.
//   - What cannot be read back is refused when it is appended.
//
// An entry is one row: its record and its prediction as JSON, so that a vmmp that
// knows other features reads it too, and beside them what entries are chosen by.
// The schema's version stands in the table vmmp_schema; a history of an older vmmp
// is brought up to date when it is opened, one of a newer is refused.
//
// A history in a file is copied while it is in use with
// `sqlite3 history.db "VACUUM INTO 'copy.db'"`; copying the file alone would miss
// what still lies in the write-ahead log beside it. One in PostgreSQL is copied
// with pg_dump. The copy is opened as it is.
package history
