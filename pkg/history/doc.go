// Package history keeps observed migrations: what was known of each VM, what was
// predicted, what came of it.
//
// One contract, Store, has two implementations that pass one test suite: SQLite,
// a file beside the server and the default, and PostgreSQL, which several
// replicas share. Open chooses by the form of the location.
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
package history
