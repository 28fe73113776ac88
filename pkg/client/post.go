package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	maxTries       = 3
	firstWait      = 200 * time.Millisecond // before the second try; twice that before the third
	longestWait    = 5 * time.Second        // that a server may ask for: vmmp serve does when its history is busy
	maxAnswerBytes = 1 << 20
)

// post sends JSON to a path of the server and returns the body of an answer of success. It tries several times: of
// what a second request would change, key must be the Idempotency-Key, the same at every try.
func (c *Client) post(ctx context.Context, path string, body []byte, key string) ([]byte, error) {
	a, err := c.send(ctx, path, body, key)
	return a.body, err
}

// send does the same, and returns all of the answer; an error leaves it empty.
func (c *Client) send(ctx context.Context, path string, body []byte, key string) (answer, error) {
	for try := 1; ; try++ {
		a, err := c.try(ctx, path, body, key)
		if err == nil {
			err = a.err()
		}
		if err == nil {
			return a, nil
		}
		err = fmt.Errorf("POST %s: %w", c.shown(path), err)
		if try == maxTries || ctx.Err() != nil || !a.temporary() {
			return answer{}, err
		}
		wait := a.wait(try)
		if wait > longestWait {
			return answer{}, fmt.Errorf("%w; try again in %v", err, wait.Round(time.Second))
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return answer{}, fmt.Errorf("%w; given up: %w", err, ctx.Err())
		}
	}
}

// answer is what came back of a try; its status is 0 where nothing did.
type answer struct {
	status int
	header http.Header
	body   []byte // one byte more than is taken where it was too long
}

// try sends JSON once. Its error says why there is no answer.
func (c *Client) try(ctx context.Context, path string, body []byte, key string) (answer, error) {
	request, err := c.request(ctx, http.MethodPost, c.base.JoinPath(path), bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json, application/problem+json")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, withoutURL(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes+1))
	if err != nil {
		return answer{}, fmt.Errorf("the answer was cut short: %w", err)
	}
	return answer{response.StatusCode, response.Header, text}, nil
}

// request returns a request that bears the token.
func (c *Client) request(ctx context.Context, method string, to *url.URL, body io.Reader) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, method, to.String(), body)
	if err != nil {
		return nil, withoutURL(err)
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	return request, nil
}

// withoutURL returns what was wrong, without the URL that may name a user.
func withoutURL(err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// err returns why the answer is none of success, nil if it is.
func (a *answer) err() error {
	switch {
	case a.status/100 != 2:
		return newError(a.status, a.header, a.body)
	case len(a.body) > maxAnswerBytes:
		return fmt.Errorf("the answer is larger than %d MiB", maxAnswerBytes>>20)
	}
	return nil
}

// temporary reports whether another try may be answered.
func (a *answer) temporary() bool {
	switch a.status {
	case 0, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// wait returns how long to wait after that try: as long as the server says, else longer each time, and not all
// clients equally long.
func (a *answer) wait(try int) time.Duration {
	after := a.header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(after, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(after); err == nil {
		return max(0, time.Until(at))
	}
	backoff := firstWait << (try - 1)
	return backoff*3/4 + rand.N(backoff/2)
}
