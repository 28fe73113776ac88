package client

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"vmmp/pkg/migration"
)

// Error is what a server answered instead of success.
type Error struct {
	Status int              // of HTTP
	Detail string           // what the server said, else what to do about it, in one line; empty where nobody knows
	Faults migration.Faults // of what was sent, located in it; none where the server names none
}

// Error returns the faults, else the status and the detail.
func (e *Error) Error() string {
	if len(e.Faults) > 0 {
		return e.Faults.Error()
	}
	text := strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)))
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Unwrap returns the faults, nil without any.
func (e *Error) Unwrap() error { return e.Faults.Err() }

// newError reads problem details; a body that is none says nothing.
func newError(status int, header http.Header, body []byte) *Error {
	var problem struct {
		Detail string           `json:"detail"`
		Errors migration.Faults `json:"errors"`
	}
	_ = json.Unmarshal(body, &problem)
	e := &Error{Status: status, Detail: cmp.Or(oneLine(problem.Detail), advice(status, header))}
	if status == http.StatusUnprocessableEntity {
		e.Faults = located(problem.Errors)
	}
	return e
}

// located returns faults with the places that the sender knows.
func located(faults migration.Faults) migration.Faults {
	for i := range faults {
		f := &faults[i]
		f.Location, f.Message = oneLine(strings.TrimPrefix(f.Location, "body.")), oneLine(f.Message)
	}
	return faults
}

// advice returns what to do about an answer that does not say so itself.
func advice(status int, header http.Header) string {
	switch {
	case status/100 == 3:
		return "redirects are not followed: give the URL that leads to the server itself" + redirected(header)
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return "give a token that the server takes"
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return "is this a vmmp serve, and its whole prefix in the URL?"
	}
	return ""
}

// redirected names where a redirect leads, without a user and what else it may tell.
func redirected(header http.Header) string {
	to, err := url.Parse(header.Get("Location"))
	if err != nil || to.Host == "" {
		return ""
	}
	return fmt.Sprintf(", perhaps at %s://%s", to.Scheme, oneLine(to.Host))
}

// oneLine returns what a server said as a message can repeat it.
func oneLine(text string) string {
	const longest = 500
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
