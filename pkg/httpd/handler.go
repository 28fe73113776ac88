package httpd

import (
	"net/http"
	"path"
	"strings"
)

// NewHandler returns a handler that passes every request through the package's middlewares to the mux, and answers
// itself what the mux has no pattern for. Its patterns must name their method, such as "GET /health".
func NewHandler(mux *http.ServeMux, o Options) http.Handler {
	return chain(o, route(mux, o.NotFound))
}

// chain puts the middlewares around a handler; the package's comment says why in this order.
func chain(o Options, next http.Handler) http.Handler {
	return identify(observe(o.Metrics, o.Log, rescue(o.Metrics, o.Log, pace(o.Timeouts, next))))
}

// methods are those that a path is tried with to tell 405 from 404.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost}

// route answers what the mux has no pattern for, where the mux itself would answer in plain text or redirect.
func route(mux *http.ServeMux, notFound string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if clean := path.Clean(r.URL.Path); clean != r.URL.Path && (clean == "/" || clean+"/" != r.URL.Path) {
			NewProblem(http.StatusNotFound, notFound).Write(w)
			return
		}
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		allowed := strings.Join(allowedMethods(mux, r), ", ")
		if allowed == "" {
			NewProblem(http.StatusNotFound, notFound).Write(w)
			return
		}
		fault := Fault{Location: "method", Message: "is not answered here", Value: Clip(r.Method)}
		NewProblem(http.StatusMethodNotAllowed, "this path answers "+allowed, fault).With("Allow", allowed).Write(w)
	})
}

// allowedMethods lists the methods that the request's path answers.
func allowedMethods(mux *http.ServeMux, r *http.Request) []string {
	var allowed []string
	for _, method := range methods {
		other := &http.Request{Method: method, URL: r.URL, Host: r.Host}
		if _, pattern := mux.Handler(other); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	return allowed
}
