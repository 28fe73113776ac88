// Package historytest tests implementations of history.Store: one suite says what the
// contract promises, and every implementation runs it.
//
//	func TestMain(m *testing.M) { historytest.Main(m, openAt, nil) }
//
//	func TestStore(t *testing.T) {
//		historytest.Run(t, openAt, func(t *testing.T) string { return newLocation(t) })
//	}
//
// [Run] asks of any implementation, [RunTables] of those with the tables of package
// history, [RunKilled] and [RunBackup] of those that other processes use as well:
//
//   - What Append acknowledged is there, once, for every store on the location: after
//     Close, after a kill of the process, in a copy that was made while others wrote.
//   - A batch is appended whole or not at all. IDs ascend within it and from one batch
//     to the next; what is deleted frees none.
//   - Append is idempotent for a batch with a key: the receipt of the first time is
//     returned, Replayed, for KeyLifetime, also to another store and if both are sent
//     at the same time. Another digest is ErrKeyReused. A batch that was refused, or
//     whose transaction failed, has not used its key.
//   - Read, Prune and Ping may be repeated after any error. Two stores may prune at the
//     same time, and each row is counted by one of them. Close may be called twice.
//   - An entry is read as it was appended, times cut to the microsecond and in UTC. One
//     that could not be read back is refused with an error that says which it is.
//   - Close waits for the calls under way. All later ones return ErrClosed.
//   - A call whose ctx has ended returns the error of ctx and has no effect.
//   - A row that cannot be read is ErrDamaged, a schema of a newer vmmp ErrNewer. Fields
//     that only a newer vmmp knows are left out.
//
// With the build tag integration the package also starts a PostgreSQL for a test.
package historytest
