package prometheus

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/api"
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
	ErrCA    = errors.New("it has no certificate in PEM")
)

// newClient returns a client of the server, and its address as messages may show it.
func newClient(address string, o Options) (client api.Client, shown string, err error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, "", ErrURL
	}
	carrier, err := newCarrier(u.User, o)
	if err != nil {
		return nil, "", err
	}
	u.User = nil
	client, err = api.NewClient(api.Config{Address: u.String(), Client: &http.Client{
		Transport:     carrier,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}})
	return client, u.String(), err
}

// newCarrier returns what carries requests out in somebody's name.
func newCarrier(user *url.Userinfo, o Options) (*carrier, error) {
	switch {
	case user != nil && o.Token != "":
		return nil, ErrTwice
	case strings.ContainsFunc(o.Token, func(c rune) bool { return c <= ' ' || c > '~' }):
		return nil, ErrToken
	}
	transport, _ := http.DefaultTransport.(*http.Transport)
	own := transport.Clone()
	own.MaxIdleConnsPerHost = atOnce
	if o.CAFile != "" {
		pool, err := readCA(o.CAFile)
		if err != nil {
			return nil, err
		}
		own.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &carrier{own, user, o.Token}, nil
}

// readCA reads the authorities of a file.
func readCA(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read CA: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("read CA %s: %w", path, ErrCA)
	}
	return pool, nil
}
