package proxmox

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
	"vmmp/pkg/source/internal/webapi"
)

// Options say how a cluster is asked.
type Options struct {
	Token   string        // USER@REALM!NAME=SECRET, also behind PVEAPIToken=
	CAFile  string        // PEM, such as /etc/pve/pve-root-ca.pem; empty: the authorities of the system
	Timeout time.Duration // of a call; 0: 10 s
	Poll    time.Duration // how often Watch asks; 0: every 30 s

	// ReadLog reads the log of a task qmigrate; nil: Progress and Watch are not supported.
	ReadLog func(text []byte) (Log, error)
}

// A Log is what the log of a task qmigrate tells.
type Log struct {
	Live    bool               // of a VM that ran, and whose memory was sent
	Samples []migration.Sample // while it runs, the oldest first
	Record  migration.Record   // its outcome once it is over, and the features that it tells
	Reason  string             // why it failed, empty of one that did not
}

// What holds where the options do not say.
const (
	defaultTimeout = 10 * time.Second
	defaultPoll    = 30 * time.Second
)

// Errors of Open. They do not repeat what was given, which may hold a secret.
var (
	ErrURL   = errors.New("the URL of a Proxmox VE must be like https://host:8006, without a user and a query")
	ErrToken = errors.New("an API token must be like USER@REALM!NAME=SECRET, as `pveum user token add` prints it")
)

// tokenForm is that of an API token.
var tokenForm = regexp.MustCompile(`^[^!=]+@[^@!=]+![^!=]+=[^=]+$`)

// Source is what a cluster tells.
type Source struct {
	base    *url.URL
	token   string
	http    *http.Client
	timeout time.Duration
	poll    time.Duration
	readLog func([]byte) (Log, error)
	closed  context.Context // ends with Close
	close   context.CancelFunc
}

var _ source.Source = (*Source)(nil)

// Open returns a Source of the cluster that the node at address is of, without asking it anything. Errors are ErrURL,
// ErrToken and those of reading the authorities.
func Open(address string, o Options) (*Source, error) {
	base, ok := webapi.ParseBase(address)
	if !ok || base.User != nil {
		return nil, ErrURL
	}
	token := strings.TrimPrefix(o.Token, "PVEAPIToken=")
	if !webapi.IsToken(token) || !tokenForm.MatchString(token) {
		return nil, ErrToken
	}
	transport, err := webapi.NewTransport(o.CAFile, atOnce)
	if err != nil {
		return nil, err
	}
	s := &Source{base: base, token: token, timeout: o.Timeout, poll: o.Poll, readLog: o.ReadLog}
	s.http = &http.Client{Transport: transport, CheckRedirect: webapi.NoRedirect}
	if s.timeout <= 0 {
		s.timeout = defaultTimeout
	}
	if s.poll <= 0 {
		s.poll = defaultPoll
	}
	s.closed, s.close = context.WithCancel(context.Background())
	return s, nil
}

// Close ends calls that are under way, and gives the connections back.
func (s *Source) Close() error {
	s.close()
	s.http.CloseIdleConnections()
	return nil
}
