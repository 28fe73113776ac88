// Package httpd is what every HTTP server of vmmp needs around what it serves. It knows of requests and answers only:
// neither of predictions, nor of the framework that a server may use for its operations.
//
// NewHandler puts middlewares around a http.ServeMux. A request passes, in this order, through
//
//	identify -> observe -> rescue -> pace -> route -> the mux
//
// and the order is the point:
//
//   - identify is first, so that whatever is logged or answered further in, a panic too, bears the request's id.
//   - observe is around all that can answer: each request is counted and logged once, with the status and the size that
//     the client got, whoever answered it.
//   - rescue is inside of observe, so that a panic becomes an answer before it is counted; where part of an answer is
//     out, it cuts the connection instead. What net/http means by http.ErrAbortHandler passes through.
//   - pace is inside of rescue, since it sets deadlines and answers nothing. It bounds clients by rate, not by time in
//     all: a body has a grace and must then come at MinBytesPerSecond, each piece of the answer must be taken within a
//     grace. A reader that stumbles over the deadline gets an error, which Unread turns into 408.
//   - route is last. It answers as a Problem what the mux would answer in plain text, tells a wrong method (405) from a
//     wrong path (404), and redirects nobody.
//
// The bounds that depend on what is asked are the handlers' own to choose: LimitBody and ReadBody for bytes, a
// Semaphore for how many do something costly at once. Their refusals are Problems too: one form of error, whoever
// refuses (RFC 9457), with every Fault that was found. Nothing that a client sends is the server's failure (5xx).
//
// A Server serves a handler until its context ends and then stops in order:
//
//	ready -> stopping -> (linger) listener closed -> (drain) what is under way is answered -> the rest is cut off
//
// Stopping is for a readiness check: while the server lingers it answers as before, and whoever distributes requests
// has time to notice that they should go elsewhere. A Server needs no middlewares: one that only shows metrics to
// Prometheus has the same life.
package httpd
