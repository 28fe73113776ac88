package apiload

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
)

// predictPath is the path of predictions below that of the API.
const predictPath = "/predict"

// Target is the API that load is put on.
type Target struct {
	redacted      string // the URL of predictions, without a password
	addr          string // HOST:PORT
	host          string // of the Host header
	prefix        string // of the path, which may be empty
	authorization string // the header's value, empty without one
	tls           *tls.Config
}

// String returns the URL of predictions there, without a password.
func (t Target) String() string { return t.redacted }

// NewTarget reads the URL of a server, such as http://host:8001. A path in it stands before that of the API, a user and
// a password are sent as basic authorization; a token, unless it is empty, is sent as a bearer's. It returns an error
// that says what is wrong with text or token.
func NewTarget(text, token string) (Target, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return Target{}, fmt.Errorf("%q is no URL; give one such as http://host:8001", text)
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return Target{}, fmt.Errorf("%q must be the URL of a server, such as http://host:8001 or https://host", u.Redacted())
	case u.RawQuery != "" || u.Fragment != "":
		return Target{}, fmt.Errorf("%q must end with the path; leave out what begins with ? or #", u.Redacted())
	case u.User != nil && token != "":
		return Target{}, errors.New("has a user, and there is a token too: a request can carry only one of them")
	case strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' }):
		return Target{}, errors.New("the token must be one word of printable ASCII characters")
	}
	prefix := strings.TrimRight(u.EscapedPath(), "/")
	u = u.JoinPath(predictPath)
	t := Target{
		redacted: u.Redacted(), addr: net.JoinHostPort(u.Hostname(), portOf(u)), host: u.Host, prefix: prefix,
		authorization: authorization(u.User, token),
	}
	if u.Scheme == "https" {
		t.tls = &tls.Config{ServerName: u.Hostname(), NextProtos: []string{"http/1.1"}}
	}
	return t, nil
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// authorization returns the value of the header of that name.
func authorization(user *url.Userinfo, token string) string {
	switch {
	case token != "":
		return "Bearer " + token
	case user != nil:
		password, _ := user.Password()
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password))
	}
	return ""
}

// dial opens a connection, which takes at most the timeout.
func (t *Target) dial(ctx context.Context, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if t.tls == nil {
		return new(net.Dialer).DialContext(ctx, "tcp", t.addr)
	}
	return (&tls.Dialer{Config: t.tls}).DialContext(ctx, "tcp", t.addr)
}
