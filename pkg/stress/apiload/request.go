package apiload

import (
	"cmp"
	"fmt"
	"net/http"
)

// Request is one that is sent over and over.
type Request struct {
	Share   Share
	Name    string // what is special about it
	Path    string // empty: that of predictions, whose 200 must hold one
	Media   string // Content-Type; empty: JSON
	Body    string
	Accepts []int // statuses that are right for it, the expected one first; empty: 200
}

// request is a Request that is addressed.
type request struct {
	*Request
	text []byte // as it goes over the wire
}

// mediaJSON is the Content-Type of JSON.
const mediaJSON = "application/json"

// address makes of r what is sent to t.
func (r Request) address(t *Target) *request {
	r.Path = cmp.Or(r.Path, predictPath)
	r.Media = cmp.Or(r.Media, mediaJSON)
	if r.Accepts == nil {
		r.Accepts = []int{http.StatusOK}
	}
	text := fmt.Appendf(nil, "POST %s%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: vmmp-stress\r\n"+
		"Content-Type: %s\r\nContent-Length: %d\r\n",
		t.prefix, r.Path, t.host, r.Media, len(r.Body))
	if t.authorization != "" {
		text = fmt.Appendf(text, "Authorization: %s\r\n", t.authorization)
	}
	text = append(text, "\r\n"...)
	return &request{&r, append(text, r.Body...)}
}
