// Package sqlite keeps a history in a file, which SQLite writes. Several processes
// may have it open at the same time.
//
// One goroutine writes. Whoever appends while it is busy waits for the next
// transaction, which all who wait share: a sync of the disk costs milliseconds, and
// so is paid once for many. Readers have connections of their own and see the last
// state that was committed.
//
// What Append has acknowledged survives a kill -9 and a power cut: it returns after
// the COMMIT of its transaction, which with synchronous=FULL syncs the write-ahead
// log to the disk. Of a transaction that was cut short nothing is seen.
package sqlite
