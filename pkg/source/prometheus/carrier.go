package prometheus

import (
	"fmt"
	"net/http"
	"net/url"

	"vmmp/pkg/source"
	"vmmp/pkg/source/internal/webapi"
)

// carrier carries requests out in somebody's name, and tells at once what no answer to a query is.
type carrier struct {
	transport *http.Transport
	user      *url.Userinfo
	token     string
}

// maxAnswer is how long the answer to a query may be, in bytes: some 10 MB are what 10,000 VMs take.
const maxAnswer = 1 << 30

// RoundTrip sends one request. It returns an error that wraps source.ErrDenied where the server refuses it, but for a
// POST that is forbidden: the client tries a GET then, which some gateways let pass.
func (c *carrier) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	} else if c.user != nil {
		password, _ := c.user.Password()
		r.SetBasicAuth(c.user.Username(), password)
	}
	response, err := c.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if reason := refusal(r, response); reason != nil {
		_ = response.Body.Close()
		return nil, reason
	}
	response.Body = webapi.Limit(response.Body, maxAnswer)
	return response, nil
}

// CloseIdleConnections gives back the connections that nothing is asked over.
func (c *carrier) CloseIdleConnections() { c.transport.CloseIdleConnections() }

// refusal returns why a response is no answer, nil where it may be one.
func refusal(r *http.Request, response *http.Response) error {
	switch code := response.StatusCode; {
	case code == http.StatusUnauthorized:
		return fmt.Errorf("%w (401): give a token that has not expired, or a user and a password in the URL",
			source.ErrDenied)
	case code == http.StatusForbidden && r.Method != http.MethodPost:
		return fmt.Errorf("%w (403): the token or user may not query; give one that may", source.ErrDenied)
	case code/100 == 3:
		return fmt.Errorf("it redirects (%d), which is not followed: give the URL that leads to the server itself", code)
	case code == http.StatusNotFound:
		return errNotPrometheus
	}
	return nil
}
