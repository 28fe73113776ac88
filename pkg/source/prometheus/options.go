package prometheus

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/api"

	"vmmp/pkg/source/internal/webapi"
)

// Options say how a server is asked.
type Options struct {
	Token   string        // sent as a bearer token; empty: none is
	CAFile  string        // PEM of the authorities that the server's certificate is of; empty: those of the system
	Timeout time.Duration // of a call, all its queries together, but thrice that for the features of many VMs; 0: 10 s
	Poll    time.Duration // how often Watch asks; 0: every 30 s
}

// What holds where the options do not say.
const (
	defaultTimeout = 10 * time.Second
	defaultPoll    = 30 * time.Second
)

// Errors of Open. They do not repeat what was given, which may hold a secret.
var (
	ErrURL = errors.New("the URL of a Prometheus must be like http://127.0.0.1:9090 or https://host/prefix, " +
		"without a query")
	ErrToken = errors.New("the token has a space, the end of a line or another character that no token has")
	ErrTwice = errors.New("give a token, or a user and a password in the URL, not both")
)

// newClient returns a client of the server, and its address as messages may show it.
func newClient(address string, o Options) (client api.Client, shown string, err error) {
	u, ok := webapi.ParseBase(address)
	if !ok {
		return nil, "", ErrURL
	}
	carrier, err := newCarrier(u.User, o)
	if err != nil {
		return nil, "", err
	}
	u.User = nil
	client, err = api.NewClient(api.Config{
		Address: u.String(), Client: &http.Client{Transport: carrier, CheckRedirect: webapi.NoRedirect},
	})
	return client, u.String(), err
}

// newCarrier returns what carries requests out in somebody's name.
func newCarrier(user *url.Userinfo, o Options) (*carrier, error) {
	switch {
	case user != nil && o.Token != "":
		return nil, ErrTwice
	case !webapi.IsToken(o.Token):
		return nil, ErrToken
	}
	transport, err := webapi.NewTransport(o.CAFile, atOnce)
	if err != nil {
		return nil, err
	}
	return &carrier{transport, user, o.Token}, nil
}
