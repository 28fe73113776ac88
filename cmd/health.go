package cmd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vmmp/pkg/client"
	"vmmp/pkg/config"
)

// healthFlags are the flags of `vmmp health`.
type healthFlags struct {
	url     string
	path    string
	timeout time.Duration
	output  string
}

func newHealthCommand(e *env) *cobra.Command {
	var o healthFlags
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
	f.StringVar(&o.url, "url", "",
		"server to ask (default: where VMMP_ADDR, API_PORT or the configuration file have it listen)")
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

func runHealth(ctx context.Context, e *env, o healthFlags) error {
	c, err := o.client(e)
	if err = errors.Join(usage(err), checkOutput(o.output, "text", "json")); err != nil {
		return err
	}
	found := o.check(ctx, c)
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

// client returns a client of the server to check.
func (o healthFlags) client(e *env) (*client.Client, error) {
	if o.timeout <= 0 {
		return nil, fmt.Errorf("--timeout must be more than 0s, not %v", o.timeout)
	}
	if !strings.HasPrefix(o.path, "/") {
		return nil, fmt.Errorf("--path must begin with /, such as /ready, not %q", o.path)
	}
	if _, err := url.ParseRequestURI(o.path); err != nil {
		return nil, fmt.Errorf("--path %q is no path of a URL: write %%25 for a %% sign", o.path)
	}
	if o.url == "" {
		loaded, err := config.Load(config.Options{Getenv: e.getenv})
		if err != nil {
			return nil, err
		}
		o.url = "http://" + reachable(loaded.Addr)
	}
	c, err := client.New(o.url, client.Options{HTTP: &http.Client{Timeout: o.timeout}})
	if err != nil {
		err = errors.New("--url must be like http://127.0.0.1:8001 or https://host/prefix, without a query")
	}
	return c, err
}

// reachable returns where a server that listens on addr is reached from the same machine: one that listens on all
// interfaces, by loopback.
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

// check requests the path once and returns what came of it.
func (o healthFlags) check(ctx context.Context, c *client.Client) checkup {
	h, err := c.Health(ctx, o.path)
	found := checkup{URL: h.URL, Status: h.Status, Healthy: err == nil && h.OK()}
	var timed interface{ Timeout() bool }
	switch {
	case errors.As(err, &timed) && timed.Timeout():
		found.Reason = fmt.Sprintf("does not answer within %v", o.timeout)
	case err != nil:
		found.Reason = "does not answer: " + err.Error()
	case h.Reason != "":
		found.Reason = fmt.Sprintf("answers %d: %q", h.Status, h.Reason) // in quotes: anybody may have answered
	case !found.Healthy:
		found.Reason = fmt.Sprintf("answers %d", h.Status)
	}
	return found
}
