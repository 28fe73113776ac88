// Package link shapes a connection between two local processes as a network would: line rate, latency and jitter, on a
// Proxy between two unix sockets.
//
// Sender and receiver feel the line and nothing else: no more bytes are under way than the line would hold, the rate is
// never exceeded by more than a small burst, bytes are never reordered, and what a busy machine's late timers cost the
// line is made up for.
package link
