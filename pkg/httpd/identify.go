package httpd

import (
	"crypto/rand"
	"net/http"
	"strings"
)

// RequestIDHeader carries what ties an answer to its line in the log.
const RequestIDHeader = "X-Request-Id"

// MaxRequestIDBytes bounds what is taken over from a client.
const MaxRequestIDBytes = 128

// identify gives every request an id: the client's own where it is one word.
func identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(RequestIDHeader)
		if !isWord(id) {
			id = rand.Text()
		}
		w.Header().Set(RequestIDHeader, id)
		next.ServeHTTP(w, r)
	})
}

// isWord reports whether text can stand in a log and a header as it is.
func isWord(text string) bool {
	return text != "" && len(text) <= MaxRequestIDBytes && !strings.ContainsFunc(text, func(c rune) bool {
		return c <= ' ' || c > '~' || c == '"' || c == '\\'
	})
}
