package client

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// Health is what a health check was answered.
type Health struct {
	URL    string // that was asked, without the password
	Status int    // of HTTP
	Reason string // that the server gives for not being healthy, as it stands there; empty where it gives none
}

// OK reports whether the server is healthy: it answered 200.
func (h Health) OK() bool { return h.Status == http.StatusOK }

// maxReasonBytes bounds what is read of an answer that gives a reason.
const maxReasonBytes = 4 << 10

// Health requests a path of the server, such as /ready, once. Whatever is answered is no error; a redirect is the
// answer, since what it leads to is not this server. An error, which reports by a method Timeout whether time ran
// out, says why there is no answer; the URL is returned beside it.
func (c *Client) Health(ctx context.Context, path string) (Health, error) {
	path, query, _ := strings.Cut(path, "?")
	to := c.base.JoinPath(path)
	to.RawQuery = query
	h := Health{URL: to.Redacted()}
	request, err := c.request(ctx, http.MethodGet, to, http.NoBody)
	if err != nil {
		return h, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return h, withoutURL(err)
	}
	defer response.Body.Close()
	if h.Status = response.StatusCode; !h.OK() {
		h.Reason = readReason(response.Body)
	}
	return h, nil
}

// readReason returns the reason that a body gives, empty if it gives none.
func readReason(body io.Reader) string {
	var said struct{ Reason string }
	if err := json.NewDecoder(io.LimitReader(body, maxReasonBytes)).Decode(&said); err != nil {
		return ""
	}
	return said.Reason
}
