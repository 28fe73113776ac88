package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestHealth(t *testing.T) {
	const url = "http://vmmp.example/v1/ready?all"
	long := strings.Repeat("x", 2*maxReasonBytes)
	for name, test := range map[string]struct {
		status int
		body   string
		want   Health
	}{
		"healthy":   {200, `{"reason": "idle"}`, Health{url, 200, ""}},
		"stopping":  {503, `{"reason": "two\nlines"}`, Health{url, 503, "two\nlines"}},
		"a page":    {404, "<html>", Health{url, 404, ""}},
		"too long":  {500, `{"reason": "` + long + `"}`, Health{url, 500, ""}},
		"elsewhere": {302, "", Health{url, 302, ""}},
	} {
		n := 0
		got, err := asking(t, inTurn(&n, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet || r.URL.String() != url {
				t.Errorf("asked %s %s", r.Method, r.URL)
			}
			w.Header().Set("Location", "http://b.example")
			answers(test.status, test.body)(w, r)
		})).Health(t.Context(), "/ready?all")
		if err != nil || got != test.want || got.OK() != (test.status == 200) || n != 1 {
			t.Errorf("%s: %+v, %v, asked %d times", name, got, err, n)
		}
	}
}

// A server that does not answer is asked no second time, and the error tells whether time ran out.
func TestHealthWithoutAnAnswer(t *testing.T) {
	n := 0
	if _, err := asking(t, inTurn(&n, unreachable)).Health(t.Context(), "/ready"); err == nil || err.Error() != "connection refused" || n != 1 {
		t.Errorf("error %v, asked %d times", err, n)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	<-ctx.Done()
	c, err := New("http://u:secret@127.0.0.1:1", Options{Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	h, err := c.Health(ctx, "/ready")
	var timed interface{ Timeout() bool }
	if !errors.As(err, &timed) || !timed.Timeout() || strings.Contains(fmt.Sprint(err, h), "secret") {
		t.Errorf("error %v", err)
	}
}
