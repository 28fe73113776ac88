// Package sqlite keeps a history in a file, which SQLite writes. Several processes
// may have it open at the same time.
//
// One goroutine writes. Whoever appends while it is busy waits for the next
// transaction, which all who wait share: a sync of the disk costs milliseconds, and
// so is paid once for many. Readers have connections of their own and see the last
// state that was committed.
package sqlite
