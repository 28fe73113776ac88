package client

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client asks one server. Its methods are safe for concurrent use.
type Client struct {
	base  *url.URL
	token string
	http  *http.Client
}

// Options say how a Client asks.
type Options struct {
	Token string       // sent as a bearer token; empty: none is
	HTTP  *http.Client // carries requests out, but follows no redirects; nil: one that waits 30 s for each answer
}

// Errors of New. They do not repeat what was given, which may hold a secret.
var (
	// ErrURL says what the URL of a server looks like.
	ErrURL = errors.New("the URL of a server must be like http://127.0.0.1:8001 or https://host/prefix, without a query")

	// ErrToken is the error of a token that no header can carry.
	ErrToken = errors.New("the token has a space, the end of a line or another character that no token has")
)

// defaultTimeout bounds a try where the caller has no http.Client of its own.
const defaultTimeout = 30 * time.Second

// New returns a Client of the server at base, http(s)://host:port or that with a prefix, without asking it anything.
// It returns ErrURL if base is no such URL, and ErrToken if the token is none.
func New(base string, o Options) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, ErrURL
	}
	if strings.ContainsFunc(o.Token, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return nil, ErrToken
	}
	own := http.Client{Timeout: defaultTimeout}
	if o.HTTP != nil {
		own = *o.HTTP
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{u, o.Token, &own}, nil
}

// shown returns the address of a path of the server as messages may show it: without a user.
func (c *Client) shown(path string) string {
	u := *c.base.JoinPath(path)
	u.User = nil
	return u.String()
}
