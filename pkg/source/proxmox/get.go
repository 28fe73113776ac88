package proxmox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vmmp/pkg/source"
	"vmmp/pkg/source/internal/webapi"
)

const (
	// atOnce is how many requests are sent at the same time.
	atOnce = 4

	// maxAnswer is how long an answer may be, in bytes.
	maxAnswer = 64 << 20
)

var (
	errClosed = errors.New("the source is closed")

	// errNotProxmox is the error of what answers in another way than a Proxmox VE.
	errNotProxmox = errors.New("it does not answer as a Proxmox VE: give the URL that /api2/json is below, such as " +
		"https://host:8006")
)

// call returns the context of a call: it ends with the caller's, with the source, and once the time of a call is over,
// beside which it may wait for so long.
func (s *Source) call(ctx context.Context, wait time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.closed, func() { cancel(errClosed) })
	late := fmt.Errorf("no answer within %v: %w", s.timeout, context.DeadlineExceeded)
	ctx, end := context.WithTimeoutCause(ctx, s.timeout+wait, late)
	return ctx, func() { end(); stop(); cancel(nil) }
}

// get asks for what lies at a path below /api2/json, given in its parts, and decodes its data. Errors say what was
// asked of which server, and wrap source.ErrDenied where that is not permitted and source.ErrGone where there is no
// such VM.
func (s *Source) get(ctx context.Context, dst any, query url.Values, parts ...string) error {
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	at := s.base.JoinPath(append([]string{"api2", "json"}, parts...)...)
	shown := at.String()
	at.RawQuery = query.Encode()
	status, body, err := s.send(ctx, at)
	if err == nil {
		err = parse(status, body, dst)
	}
	if err != nil {
		return fmt.Errorf("ask %s: %w", shown, err)
	}
	return nil
}

// send sends a request, and returns the answer's status line and body.
func (s *Source) send(ctx context.Context, at *url.URL) (status string, body []byte, err error) {
	if ctx.Err() != nil {
		return "", nil, context.Cause(ctx)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), http.NoBody)
	if err != nil {
		return "", nil, webapi.Reason(err)
	}
	request.Header.Set("Authorization", "PVEAPIToken="+s.token)
	response, err := s.http.Do(request)
	if err == nil {
		defer response.Body.Close()
		body, err = io.ReadAll(webapi.Limit(response.Body, maxAnswer))
	}
	switch {
	case ctx.Err() != nil:
		return "", nil, context.Cause(ctx)
	case err != nil:
		return "", nil, webapi.Reason(err)
	}
	return response.Status, body, nil
}

// parse decodes the data of an answer. Proxmox says what is wrong in the status line, and newer ones in a message.
func parse(status string, body []byte, dst any) error {
	var answer struct {
		Data    json.RawMessage `json:"data"`
		Message string          `json:"message"`
	}
	err := json.Unmarshal(body, &answer)
	code, said, _ := strings.Cut(status, " ")
	if answer.Message != "" {
		said = answer.Message
	}
	said = webapi.OneLine(said)
	switch {
	case code == "401":
		return fmt.Errorf("%w (401 %s): give an API token that exists and has not expired", source.ErrDenied, said)
	case code == "403":
		return fmt.Errorf("%w (403 %s): give the token, and its user, that privilege", source.ErrDenied, said)
	case code == "500" && strings.Contains(said, "does not exist"):
		return fmt.Errorf("%w: %s", source.ErrGone, said)
	case code == "404", strings.HasPrefix(code, "3"):
		return fmt.Errorf("%w (%s)", errNotProxmox, code)
	case code != "200":
		return fmt.Errorf("it answers %s %s", code, said)
	case err != nil:
		return fmt.Errorf("%w (%s)", errNotProxmox, webapi.OneLine(err.Error()))
	case len(answer.Data) == 0:
		return errNotProxmox
	}
	if err := json.Unmarshal(answer.Data, dst); err != nil {
		return fmt.Errorf("it answers in a form that is not known: %s", webapi.OneLine(err.Error()))
	}
	return nil
}
