package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vmmp/pkg/config"
)

// HealthOptions are the flags of `vmmp health`.
type HealthOptions struct {
	url     string
	path    string
	timeout time.Duration
	output  string
}

func newHealthCommand(e *env) *cobra.Command {
	var o HealthOptions
	c := &cobra.Command{
		Use:   "health",
		Short: "Say whether a server answers and is ready, for health checks",
		Long: `Health asks a running vmmp serve whether requests are welcome (GET /ready), and
exits 1 if it says no, or nothing. It needs no shell and no other program, so that
a container can check itself with it.

Without --url it asks the server that the same environment and configuration
file would start, on this machine.
` + exitHelp,
		Example: `  vmmp health
  vmmp health --url https://vmmp.example --timeout 5s
  vmmp health --url http://127.0.0.1:9101 --path /metrics`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return runHealth(c.Context(), e, o) },
	}
	f := c.Flags()
	f.StringVar(&o.url, "url", "", "server to ask (default: where VMMP_ADDR, API_PORT or the configuration file have it listen)")
	f.StringVar(&o.path, "path", "/ready", "what to ask for; the server is healthy if it answers 200")
	f.DurationVar(&o.timeout, "timeout", 2*time.Second, "how long the answer may take")
	outputFlag(c, &o.output, "text", "json")
	return c
}

// checkup is the result of `vmmp health`.
type checkup struct {
	URL     string `json:"url"`
	Healthy bool   `json:"healthy"`
	Status  int    `json:"status,omitempty"` // 0: there was no answer
	Reason  string `json:"reason,omitempty"` // why it is not healthy
}

func runHealth(ctx context.Context, e *env, o HealthOptions) error {
	target, err := o.target(e)
	if err = errors.Join(usage(err), checkOutput(o.output, "text", "json")); err != nil {
		return err
	}
	found := o.ask(ctx, target)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case o.output == "json":
		err = e.writeJSON(found)
	case found.Healthy:
		_, err = fmt.Fprintf(e.stdout, "healthy: %s answers %d\n", found.URL, found.Status)
		err = wrapWrite(err)
	}
	if err == nil && !found.Healthy {
		err = fmt.Errorf("unhealthy: %s %s", found.URL, found.Reason)
	}
	return err
}

// target is the URL to ask.
func (o HealthOptions) target(e *env) (string, error) {
	if o.timeout <= 0 {
		return "", fmt.Errorf("--timeout must be more than 0s, not %v", o.timeout)
	}
	if !strings.HasPrefix(o.path, "/") {
		return "", fmt.Errorf("--path must begin with /, such as /ready, not %q", o.path)
	}
	if o.url == "" {
		loaded, err := config.Load(config.Options{Getenv: e.getenv})
		if err != nil {
			return "", err
		}
		return "http://" + reachable(loaded.Addr) + o.path, nil
	}
	u, err := url.Parse(o.url)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("--url must be like http://127.0.0.1:8001 or https://host/prefix, without a query")
	}
	return u.JoinPath(o.path).String(), nil
}

// reachable is where a server that listens on addr is reached from the same
// machine: one that listens on all interfaces, by loopback.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		panic("cmd: address that the configuration took: " + err.Error())
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// ask asks once. A redirect is no answer: what it points to is not this server.
func (o HealthOptions) ask(ctx context.Context, target string) checkup {
	bounded, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	found := checkup{URL: redacted(target)}
	request, err := http.NewRequestWithContext(bounded, http.MethodGet, target, http.NoBody)
	if err != nil {
		found.Reason = "cannot be asked: " + err.Error()
		return found
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		found.Reason = o.silence(err)
		return found
	}
	defer response.Body.Close()
	found.Status = response.StatusCode
	if found.Healthy = response.StatusCode == http.StatusOK; !found.Healthy {
		found.Reason = fmt.Sprintf("answers %d%s", response.StatusCode, told(response.Body))
	}
	return found
}

// silence says why there was no answer.
func (o HealthOptions) silence(err error) string {
	var asked *url.Error
	if errors.As(err, &asked) {
		if asked.Timeout() {
			return fmt.Sprintf("does not answer within %v", o.timeout)
		}
		err = asked.Err // without the URL, which may hold a password
	}
	return "does not answer: " + err.Error()
}

// told is the reason that an answer gives, if it gives one: in quotes, since anybody may
// have answered.
func told(body io.Reader) string {
	const most = 4 << 10
	var said struct{ Reason string }
	if err := json.NewDecoder(io.LimitReader(body, most)).Decode(&said); err != nil || said.Reason == "" {
		return ""
	}
	return fmt.Sprintf(": %q", said.Reason)
}

// redacted is a URL without its password.
func redacted(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		panic("cmd: URL that was checked: " + err.Error())
	}
	return u.Redacted()
}
