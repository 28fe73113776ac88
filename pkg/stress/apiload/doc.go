// Package apiload puts load on vmmp's HTTP API and measures what becomes of it.
//
// At a rate the loop is open: request i is due at start + i/rate, whatever becomes of the others, and its latency
// counts from when it was due to the last byte of its answer. A server that stalls is thus charged for every request
// that was due meanwhile, also for those that no connection was free to send (they queue). A loop that sends the next
// request when the last one is answered would leave these out, which is known as coordinated omission. Without a rate
// that is what happens, and the report says so.
//
// Every request that was due is in the report: answered as it should be, or as an error of one Kind. Latencies are of
// all of them; one that failed counts until it did.
//
// The requests are made before the run: valid ones drawn from all features, ones on
// the border of what is valid, and invalid ones, each with the status that it must
// be answered with. A run is bounded by its duration and the timeout of a request.
package apiload
