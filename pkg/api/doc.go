// Package api serves vmmp over HTTP: predictions, simulations, the memory of what
// came of them, and how right they were.
//
// A request passes, in this order, through
//
//	identify -> observe -> recover -> pace -> route -> operation
//
// so that whatever happens further in is logged once, counted once, and answered.
// The operations are huma's: their input and output types make the OpenAPI
// document, which the feature table of package migration completes with bounds and
// units. The bodies of requests are read here and not by huma, because their
// contract differs from its habits:
//
//   - unknown fields are ignored and warned of, names are case-sensitive;
//   - every fault is named at once, malformed JSON is a fault like others (422);
//   - a body that is too large is 413, one that is too slow 408, one that is cut
//     short 422: nothing that a client sends is the server's failure (5xx).
//
// Streams are bounded in rate by pace and in memory by inbox: a client that sends
// or reads too slowly is let go, and none can make the server hold more than
// MaxBatchBytes for it.
//
// The server holds no state beside the model and the history, so that replicas
// that share a history answer alike.
package api
