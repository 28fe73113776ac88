// Package api serves vmmp over HTTP: predictions, simulations, the history of what came of them, and how right they
// were.
//
// It holds operations only. What surrounds them, from the id of a request to the end of the server, is package httpd's,
// and so is the form in which a request is refused. The operations are huma's: their input and output types make the
// OpenAPI document, which the feature table of package migration completes with bounds and units. The bodies of
// requests are read here and not by huma, because their contract differs from its habits:
//
//   - unknown fields are ignored and warned of, names are case-sensitive;
//   - every fault is named at once, malformed JSON is a fault like others (422);
//   - a body that is too large is 413, one that is too slow 408, one that is cut short 422: nothing that a client sends
//     is the server's failure (5xx).
//
// The files lie in layers, of which none names anything of a higher one:
//
//	api                                                    Options and New: everything registered
//	document                                               the OpenAPI document as a whole
//	predict batch simulate migrations list accuracy ...    the operations, a file each
//	stream rows readahead body schema problem              the wire: what comes in, what goes out
//	server history metrics                                 what operations share
//
// A batch is a stream in both directions. Its rate is bounded by httpd, its memory by readAhead: none can make the
// server hold more than MaxBatchBytes for it.
//
// The server holds no state beside the model and the history, so that replicas that share a history answer alike.
package api
