package apiload

import (
	"strings"
	"testing"
)

func TestNewTarget(t *testing.T) {
	for _, c := range []struct {
		url, token string
		want       Target // without its configuration of TLS
	}{
		{"http://host:8001", "", Target{"http://host:8001/predict", "host:8001", "host:8001", "", "", nil}},
		{"http://host:8001/", "", Target{"http://host:8001/predict", "host:8001", "host:8001", "", "", nil}},
		{"http://host", "word", Target{"http://host/predict", "host:80", "host", "", "Bearer word", nil}},
		{"https://host", "", Target{"https://host/predict", "host:443", "host", "", "", nil}},
		{"HTTP://[::1]:80", "", Target{"http://[::1]:80/predict", "[::1]:80", "[::1]:80", "", "", nil}},
		{"http://host/api/v 1/", "", Target{"http://host/api/v%201/predict", "host:80", "host", "/api/v%201", "", nil}},
		{"http://me:secret@host", "", Target{"http://me:xxxxx@host/predict", "host:80", "host", "", "Basic bWU6c2VjcmV0", nil}},
	} {
		got, err := NewTarget(c.url, c.token)
		if err != nil {
			t.Errorf("NewTarget(%q): %v", c.url, err)
			continue
		}
		if encrypted := strings.HasPrefix(c.url, "https"); encrypted != (got.tls != nil) {
			t.Errorf("NewTarget(%q): encrypted %v", c.url, got.tls != nil)
		}
		if got.tls = nil; got != c.want || got.String() != c.want.redacted {
			t.Errorf("NewTarget(%q) = %+v, want %+v", c.url, got, c.want)
		}
	}
}

func TestNewTargetRefuses(t *testing.T) {
	for _, c := range []struct{ url, token, want string }{
		{"", "", "must be the URL of a server, such as http://host:8001"},
		{"host:8001", "", "must be the URL of a server"},
		{"127.0.0.1:8001", "", "is no URL; give one such as http://host:8001"},
		{"//host", "", "must be the URL of a server"},
		{"ftp://host", "", "must be the URL of a server"},
		{"unix:///run/vmmp", "", "must be the URL of a server"},
		{"http:///predict", "", "must be the URL of a server"},
		{"http://host:port", "", "is no URL"},
		{"http://host?explain=true", "", "leave out what begins with ? or #"},
		{"http://host#top", "", "leave out what begins with ? or #"},
		{"http://me:secret@host", "word", "only one of them"},
		{"http://host", "two words", "one word of printable ASCII"},
		{"http://host", "word\r\nX-Other: 1", "one word of printable ASCII"},
	} {
		_, err := NewTarget(c.url, c.token)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("NewTarget(%q, %q): %v, want %q", c.url, c.token, err, c.want)
		}
	}
}
