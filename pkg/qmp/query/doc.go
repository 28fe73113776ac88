// Package query asks a QEMU what it does and how it is set, by the commands of its monitor, and gives the answers types
// and units. It changes nothing; measuring what a guest dirties, which slows it a little, is the one thing it starts.
//
// The names are QEMU's own (docs/interop/qemu-qmp-ref.html, read for QEMU 5.2 to 11.1 and compared with what QEMU 10.0
// answers). Whatever passes commands on to a QEMU can be asked: an [Executor] is a *qmp.Client, or the monitor command
// of what manages it. Each function fails as Execute does: a refusal is a *qmp.Error, and the connection goes on.
//
// A running migration is told as of different moments. Bytes and pages are those of now; dirty-pages-rate and, until
// QEMU 11.0, expected-downtime are as of the last time the dirty bitmap was synced, and of RAM alone. From 11.1 on QEMU
// counts what devices still have to send, too, in expected-downtime and in a remaining of its own beside that of RAM.
package query
