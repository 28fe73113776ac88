package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ready is a server that says on /ready what it is told to, and 404 elsewhere.
func ready(t *testing.T, status int, body string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/ready" {
			status = http.StatusNotFound
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // the client may have heard enough
	}))
	t.Cleanup(s.Close)
	return s
}

func TestHealth(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		reason string // empty: it is healthy
	}{
		"ready":           {200, `{"ready":true}`, ""},
		"stopping":        {503, `{"ready":false,"reason":"the server is stopping"}`, `answers 503: "the server is stopping"`},
		"no reason":       {503, `{"ready":false}`, "answers 503"},
		"another program": {404, "<html>not here</html>", "answers 404"},
		"a bad reason":    {500, `{"reason":"two\nlines\u001b[31m"}`, `answers 500: "two\nlines\x1b[31m"`},
		"a long reason":   {500, `{"reason":"` + strings.Repeat("x", 1<<20) + `"}`, "answers 500"},
		"sent elsewhere":  {302, "", "answers 302"},
		"nothing to say":  {204, "", "answers 204"},
	} {
		t.Run(name, func(t *testing.T) {
			s := ready(t, c.status, c.body)
			wantHealth(t, s.URL, c.status, c.reason)
		})
	}
}

// wantHealth asks in both forms of output.
func wantHealth(t *testing.T, url string, status int, reason string) {
	t.Helper()
	code, line, fault := exitOK, fmt.Sprintf("healthy: %s/ready answers %d\n", url, status), ""
	if reason != "" {
		code, line, fault = exitFailed, "", fmt.Sprintf("vmmp: unhealthy: %s/ready %s\n", url, reason)
	}
	text := newFakeEnv("health", "--url", url)
	text.exits(t, code)
	if text.out.String() != line || text.errs.String() != fault {
		t.Errorf("told %q and %q, want %q and %q", text.out.String(), text.errs.String(), line, fault)
	}
	object := newFakeEnv("health", "--url", url, "-o", "json")
	object.exits(t, code)
	var got checkup
	if err := json.Unmarshal(object.out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if want := (checkup{URL: url + "/ready", Healthy: reason == "", Status: status, Reason: reason}); got != want || object.errs.String() != fault {
		t.Errorf("told %+v and %q, want %+v and %q", got, object.errs.String(), want, fault)
	}
}

// Without --url it is the server of the same environment that is asked.
func TestHealthOfThisEnvironment(t *testing.T) {
	s := ready(t, 200, "")
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, "vmmp"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "vmmp", "vmmp.yaml"), []byte("addr: "+u.Host+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, variables := range map[string]map[string]string{
		"VMMP_ADDR":           {"VMMP_ADDR": u.Host},
		"on all interfaces":   {"VMMP_ADDR": ":" + u.Port()},
		"API_HOST, API_PORT":  {"API_HOST": u.Hostname(), "API_PORT": u.Port()},
		"API_PORT alone":      {"API_PORT": u.Port()},
		"configuration file":  {"XDG_CONFIG_HOME": home},
		"VMMP_ADDR over both": {"VMMP_ADDR": u.Host, "API_PORT": "1", "XDG_CONFIG_HOME": home},
	} {
		c := newFakeEnv("health")
		c.variables = variables
		if c.exits(t, exitOK); c.out.String() != "healthy: "+s.URL+"/ready answers 200\n" {
			t.Errorf("%s: told %q", name, c.out.String())
		}
	}
}

func TestReachable(t *testing.T) {
	for addr, want := range map[string]string{
		":8001": "127.0.0.1:8001", "0.0.0.0:80": "127.0.0.1:80", "[::]:8001": "127.0.0.1:8001",
		"[::1]:8001": "[::1]:8001", "192.0.2.7:1": "192.0.2.7:1", "localhost:8001": "localhost:8001",
	} {
		if got := reachable(addr); got != want {
			t.Errorf("%s is reached at %s, want %s", addr, got, want)
		}
	}
}

// A server that takes the request and says nothing is not waited for.
func TestHealthOfASilentServer(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(s.Close)
	c := newFakeEnv("health", "--url", s.URL, "--timeout", "50ms")
	if c.exits(t, exitFailed); c.errs.String() != "vmmp: unhealthy: "+s.URL+"/ready does not answer within 50ms\n" {
		t.Errorf("told %q", c.errs.String())
	}
}

func TestHealthInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		interrupt()
		<-r.Context().Done()
	}))
	t.Cleanup(s.Close)
	c := newFakeEnv("health", "--url", s.URL, "--timeout", "1h", "-o", "json")
	if code := execute(ctx, &c.env); code != exitInterrupted || c.out.Len() > 0 {
		t.Errorf("exit %d, told %q", code, c.out.String())
	}
}

// A page of another server may be asked for, below a prefix, and no password is told.
func TestHealthOfAPage(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); r.URL.Path != "/below/metrics" || password != "secret" {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.User, u.Path = url.UserPassword("me", "secret"), "/below/"
	c := newFakeEnv("health", "--url", u.String(), "--path", "/metrics")
	if c.exits(t, exitOK); c.out.String() != "healthy: http://me:xxxxx@"+u.Host+"/below/metrics answers 200\n" {
		t.Errorf("told %q", c.out.String())
	}
	s.Close()
	for _, form := range []string{"text", "json"} {
		c := newFakeEnv("health", "--url", u.String(), "-o", form)
		c.exits(t, exitFailed)
		if told := c.out.String() + c.errs.String(); strings.Contains(told, "secret") || !strings.Contains(told, "does not answer: dial tcp") {
			t.Errorf("-o %s tells %q", form, told)
		}
	}
}

// A result that nobody got is a failure.
func TestHealthOnAFullStandardOutput(t *testing.T) {
	s := ready(t, 200, "")
	for _, form := range []string{"text", "json"} {
		c := newFakeEnv("health", "--url", s.URL, "-o", form)
		c.stdout = failing{}
		if c.exits(t, exitFailed); !bytes.Contains(c.errs.Bytes(), []byte(errFull.Error())) {
			t.Errorf("-o %s tells %q", form, c.errs.String())
		}
	}
}

// What is no path is refused, so that nobody is told of the root's health instead.
func TestHealthOfNoPath(t *testing.T) {
	for _, path := range []string{"ready", "/%zz"} {
		c := newFakeEnv("health", "--url", "http://127.0.0.1:1", "--path", path)
		if c.exits(t, exitUsage); !strings.Contains(c.errs.String(), "--path") {
			t.Errorf("%s: told %q", path, c.errs.String())
		}
	}
}
