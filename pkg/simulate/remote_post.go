package simulate

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"vmmp/pkg/migration"
)

const (
	mostTries       = 3
	firstWait       = 200 * time.Millisecond // before the second try; twice that before the third
	longestWait     = 5 * time.Second        // that a server may ask for: vmmp serve does when its history is busy
	mostAnswerBytes = 1 << 20
)

// post sends JSON to a path of the server and returns what it answered with success.
// Several tries have the same Idempotency-Key, where it is not empty.
func (r *Remote) post(ctx context.Context, path string, body []byte, key string) ([]byte, error) {
	for try := 1; ; try++ {
		a, err := r.send(ctx, path, body, key)
		if err == nil {
			err = a.refusal()
		}
		if err == nil {
			return a.text, nil
		}
		err = fmt.Errorf("POST %s: %w", r.shown(path), err)
		if try == mostTries || ctx.Err() != nil || !a.passing() {
			return nil, err
		}
		wait := a.wait(try)
		if wait > longestWait {
			return nil, fmt.Errorf("%w; try again in %v", err, wait.Round(time.Second))
		}
		if ended := sleep(ctx, wait); ended != nil {
			return nil, fmt.Errorf("%w; given up: %w", err, ended)
		}
	}
}

// shown is a path of the server as messages may show it: without a user.
func (r *Remote) shown(path string) string {
	u := *r.base.JoinPath(path)
	u.User = nil
	return u.String()
}

// answer is what came back of a try; its status is 0 where nothing did.
type answer struct {
	status int
	header http.Header
	text   []byte // one byte more than is taken where it was too long
}

// send tries once. An error says why there is no answer.
func (r *Remote) send(ctx context.Context, path string, body []byte, key string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.base.JoinPath(path).String(), bytes.NewReader(body))
	if err != nil {
		return answer{}, bare(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json, application/problem+json")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	if r.token != "" {
		request.Header.Set("Authorization", "Bearer "+r.token)
	}
	response, err := r.client.Do(request)
	if err != nil {
		return answer{}, bare(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, mostAnswerBytes+1))
	if err != nil {
		return answer{}, fmt.Errorf("the answer was cut short: %w", err)
	}
	return answer{response.StatusCode, response.Header, text}, nil
}

// bare is what was wrong, without the URL that may name a user.
func bare(err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// passing says whether another try may be answered.
func (a *answer) passing() bool {
	switch a.status {
	case 0, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// wait is how long to wait after that try: as long as the server says, else longer
// each time, and not all clients equally long.
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

// refusal is what the answer says instead of success: migration.Faults where it
// names any.
func (a *answer) refusal() error {
	switch {
	case a.status/100 != 2:
	case len(a.text) > mostAnswerBytes:
		return fmt.Errorf("the answer is larger than %d MiB", mostAnswerBytes>>20)
	default:
		return nil
	}
	var problem struct {
		Detail string           `json:"detail"`
		Errors migration.Faults `json:"errors"`
	}
	_ = json.Unmarshal(a.text, &problem) // what is no problem details says nothing
	if a.status == http.StatusUnprocessableEntity && len(problem.Errors) > 0 {
		return located(problem.Errors)
	}
	text := strings.TrimSpace(fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)))
	if detail := cmp.Or(told(problem.Detail), a.remedy()); detail != "" {
		text += ": " + detail
	}
	return errors.New(text)
}

// located are faults with the places that the sender knows.
func located(faults migration.Faults) migration.Faults {
	for i := range faults {
		f := &faults[i]
		f.Location, f.Message = told(strings.TrimPrefix(f.Location, "body.")), told(f.Message)
	}
	return faults
}

// remedy says what to do about an answer that does not say so itself.
func (a *answer) remedy() string {
	switch {
	case a.status/100 == 3:
		return "redirects are not followed: give the URL that leads to the server itself" + a.elsewhere()
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		return "give a token that the server takes"
	case a.status == http.StatusNotFound, a.status == http.StatusMethodNotAllowed:
		return "is this a vmmp serve, and its whole prefix in the URL?"
	}
	return ""
}

// elsewhere names where a redirect leads, without a user and what else it may tell.
func (a *answer) elsewhere() string {
	to, err := url.Parse(a.header.Get("Location"))
	if err != nil || to.Host == "" {
		return ""
	}
	return fmt.Sprintf(", perhaps at %s://%s", to.Scheme, told(to.Host))
}

// told is what a server said, as one line of a message can repeat it.
func told(text string) string {
	const most = 500
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, text))
}
