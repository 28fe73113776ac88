package webapi

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"unicode"
)

// ErrCA is the error of a file of authorities that holds none.
var ErrCA = errors.New("it has no certificate in PEM")

// ParseBase returns the address of a server, http(s)://host:port or that with a prefix and a user; false of any other
// text.
func ParseBase(address string) (*url.URL, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, false
	}
	return u, true
}

// IsToken reports whether a header can carry the text of a token.
func IsToken(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' })
}

// NewTransport returns a transport that trusts the authorities of a file in PEM, those of the system where the path is
// empty, and keeps so many connections to a host.
func NewTransport(caFile string, connections int) (*http.Transport, error) {
	standard, _ := http.DefaultTransport.(*http.Transport)
	own := standard.Clone()
	own.MaxIdleConnsPerHost = connections
	if caFile == "" {
		return own, nil
	}
	text, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("read CA: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("read CA %s: %w", caFile, ErrCA)
	}
	own.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return own, nil
}

// NoRedirect is the CheckRedirect of a client that follows none: what it sends is for one server.
func NoRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Limit returns a body that fails once it is longer than so many bytes.
func Limit(body io.ReadCloser, most int64) io.ReadCloser { return &limited{body, most, most} }

type limited struct {
	io.ReadCloser
	left, most int64
}

// Read reads on until the limit.
func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("the answer is longer than %d bytes", l.most)
	}
	n, err := l.ReadCloser.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

// OneLine returns what a server said as a message can repeat it: in one line, and not at length.
func OneLine(text string) string {
	const longest = 300
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "..."
	}
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, text))
}

// Reason returns why a request had no answer, without the address and the query, which the errors of net/http repeat.
func Reason(err error) error {
	var sent *url.Error
	if errors.As(err, &sent) {
		return sent.Err
	}
	return err
}
