package apiload

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"unicode"
)

// Kind is what became of a request that was not answered as it should be; it is the name in JSON.
type Kind string

// The kinds of error.
const (
	ErrConnect     Kind = "connect"           // no connection could be opened
	ErrTimeout     Kind = "timeout"           // the answer was not there in time
	ErrRead        Kind = "read"              // the connection ended before the answer did, or that was no HTTP
	ErrServer      Kind = "status_5xx"        // a fault of the server
	ErrStatus      Kind = "unexpected_status" // another status than this request must be answered with
	ErrBody        Kind = "bad_body"          // 200 without a prediction in it
	ErrUnsent      Kind = "unsent"            // no connection was free before the run ended
	ErrInterrupted Kind = "interrupted"       // under way when the run was interrupted
)

// Kinds are all kinds of error, in the order in which they are listed.
var Kinds = []Kind{ErrConnect, ErrTimeout, ErrRead, ErrServer, ErrStatus, ErrBody, ErrUnsent, ErrInterrupted}

var errUnsent = errors.New("no connection was free before the run ended")

// fault is why a request was not answered as it should be.
type fault struct {
	kind Kind
	err  error
}

// connectionFault returns the fault of a request whose connection failed.
func connectionFault(ctx context.Context, err error) *fault {
	switch {
	case ctx.Err() != nil:
		return &fault{ErrInterrupted, ctx.Err()}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &fault{ErrTimeout, errors.New("no answer in time")}
	}
	return &fault{ErrRead, err}
}

// checkAnswer returns what is wrong with the answer to r, nil if it is as it should be.
func checkAnswer(r *request, a *answer) *fault {
	switch {
	case !slices.Contains(r.Accepts, a.status) && a.status >= http.StatusInternalServerError:
		return &fault{ErrServer, fmt.Errorf("answered %d: %s", a.status, shown(a.body))}
	case !slices.Contains(r.Accepts, a.status):
		return &fault{ErrStatus, fmt.Errorf("answered %d, not %d: %s", a.status, r.Accepts[0], shown(a.body))}
	case a.status == http.StatusOK && r.Path == predictPath:
		if err := checkPrediction(a.body); err != nil {
			return &fault{ErrBody, fmt.Errorf("the answer %w: %s", err, shown(a.body))}
		}
	}
	return nil
}

// shown returns the beginning of a body as a terminal may be given it.
func shown(body []byte) string {
	const most = 200
	text := strings.ToValidUTF8(string(body[:min(most, len(body))]), "")
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, text)
}
