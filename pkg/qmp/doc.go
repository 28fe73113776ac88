// Package qmp is a client of the QEMU Machine Protocol, by which a program drives and watches a running QEMU: it gives
// commands such as query-migrate or cont, and hears of events such as MIGRATION, STOP or RESUME. The protocol is
// described in QEMU's docs/interop/qmp-spec.rst, the commands and events in its docs/interop/qemu-qmp-ref.html. The
// package knows the protocol only: commands, arguments and results are the caller's, as names and values that
// encoding/json can write and read.
//
//	c, err := qmp.Dial(ctx, "unix", "/run/vm.qmp")
//	...
//	defer c.Close()
//	var info struct{ Status string }
//	err = c.Execute(ctx, "query-migrate", nil, &info)
//
// QEMU opens a monitor with -qmp unix:/run/vm.qmp,server=on,wait=off. A monitor serves one client at a time; others
// wait for its greeting. A name that begins with @ is one of Linux's abstract sockets.
//
// # Invariants
//
//   - Every command carries an id of its own, by which its reply is known, so that any number of goroutines may give
//     commands at once. QEMU carries them out one after the other: out-of-band execution is not negotiated.
//   - Every call that waits takes a context and returns when it ends. A command is written whole or not at all, so that
//     one that was given up leaves the connection usable; its reply is dropped when it comes.
//   - The client reads whatever the server sends, whether or not anybody reads events, so that no reply ever waits
//     for a slow reader. Memory is bounded all the same: MaxEvents unread events are kept, of more the oldest are
//     lost and counted by LostEvents; a line longer than MaxMessageBytes ends the connection.
//   - Events keep their order, and those that QEMU sent before a reply are there when Execute returns that reply.
//   - A connection ends once, for one cause: Close, the end of QEMU, or a line that is no QMP. From then on every
//     command fails with an error that wraps ErrClosed and tells the cause. There is no reconnecting: events that were
//     sent in between would be lost unnoticed.
//
// # Errors
//
// A refusal by QEMU is an *Error, with QEMU's class and description; all other errors are those of the connection
// (ErrClosed), of the context, or of encoding and decoding.
//
// Package query has the commands that ask a QEMU how it is, with types and units. Package qmptest plays QEMU's side in
// tests.
package qmp
