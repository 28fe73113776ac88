package httpd

import "net/http"

// NewHandler returns a handler that passes every request through the package's middlewares to the mux, and answers
// itself what the mux has no pattern for. Its patterns must name their method, such as "GET /health".
func NewHandler(mux *http.ServeMux, o Options) http.Handler {
	return chain(o, route(mux, o.NotFound))
}

// chain puts the middlewares around a handler; the package's comment says why in this order.
func chain(o Options, next http.Handler) http.Handler {
	return identify(observe(o.Metrics, o.Log, rescue(o.Metrics, o.Log, pace(o.Timeouts, next))))
}
