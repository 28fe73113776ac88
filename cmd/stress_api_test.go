package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// loadsAPI runs the load of an API that the flags ask for and answers its exit code.
func (c *fakeEnv) loadsAPI(ctx context.Context, t *testing.T, output string, args ...string) int {
	t.Helper()
	var flags apiFlags
	f := pflag.NewFlagSet("stress", pflag.ContinueOnError)
	flags.add(f)
	if err := f.Parse(args); err != nil {
		t.Fatal(err)
	}
	given := map[string]bool{}
	f.Visit(func(flag *pflag.Flag) { given[flag.Name] = true })
	err := runStressAPI(ctx, &c.env, flags, output, given)
	if err != nil {
		report(c.stderr, err)
	}
	return exitCode(err)
}

// predicting is a server that answers every request with a prediction, and those
// that come after the first few with nothing but a status.
func predicting(t *testing.T, few int, status int) string {
	t.Helper()
	requests := make(chan struct{}, few)
	for range few {
		requests <- struct{}{}
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // it is not looked at
		select {
		case <-requests:
			_, _ = io.WriteString(w, `{"predicted_downtime": 12.5}`)
		default:
			w.WriteHeader(status)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestStressAPIFaults(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--url", "host:8001"}, `--url: "host:8001" must be the URL of a server, such as http://host:8001 or https://host`},
		{[]string{"--url", "http://h/?a=1"}, `--url: "http://h/?a=1" must end with the path; leave out what begins with ? or #`},
		{[]string{"--url", "http://h", "--token", "two words"}, "--url: the token must be one word of printable ASCII characters"},
		{[]string{"--url", "http://h", "--connections", "0"}, "--connections 0 must be 1 to 10000"},
		{[]string{"--url", "http://h", "--rate", "-5"}, "--rate -5 must be 0 to 1000000 requests/s"},
		{[]string{"--url", "http://h", "--duration", "-1s"}, "--duration -1s must be above 0 and at most 24h0m0s"},
		{[]string{"--url", "http://h", "--request-timeout", "0s"}, "--request-timeout 0s must be above 0 and at most 10m0s"},
		{[]string{"--url", "http://h", "--mix", "valid=50"}, "--mix valid=50,borderline=0,invalid=0 sums up to 50 percent, not 100"},
		{[]string{"--url", "http://h", "--mix", "all"}, `--mix "all" must be whole percentages such as valid=90,borderline=5,invalid=5, each once`},
		{[]string{"--url", "http://h", "--max-p99", "0s"}, "--max-p99 0s must be above 0"},
		{[]string{"--url", "http://h", "--max-errors", "few"}, `--max-errors must be a share from 0 to 1, such as 0.001, or a percentage, such as 0.1%, not "few"`},
	} {
		fake := newFakeEnv()
		if code := fake.loadsAPI(t.Context(), t, "text", c.args...); code != exitUsage || fake.errs.String() != "vmmp: "+c.want+"\n" || fake.out.Len() > 0 {
			t.Errorf("%q: exit %d, told %q", c.args, code, fake.errs.String())
		}
	}
	fake := newFakeEnv()
	if code := fake.loadsAPI(t.Context(), t, "csv", "--url", "http://h"); code != exitUsage {
		t.Errorf("-o csv: exit %d", code)
	}
}

func TestParseShare(t *testing.T) {
	for _, c := range []struct {
		text string
		want float64
		ok   bool
	}{
		{"0.1%", 0.001, true}, {"0.001", 0.001, true}, {"0", 0, true}, {"0%", 0, true}, {"100 %", 1, true}, {"1", 1, true},
		{"", 0, false}, {"%", 0, false}, {"2", 0, false}, {"101%", 0, false}, {"-1%", 0, false}, {"NaN", 0, false}, {"0.1%%", 0, false},
	} {
		if got, err := parseShare(c.text); got != c.want || (err == nil) != c.ok {
			t.Errorf("parseShare(%q) = %g, %v", c.text, got, err)
		}
	}
}

// What exceeds a limit is told on standard error, one line for each, and the report
// is there all the same.
func TestStressAPILimits(t *testing.T) {
	for _, c := range []struct {
		limits []string
		code   int
		want   []string // the lines on standard error
	}{
		{nil, exitOK, nil},
		{[]string{"--max-p99", "1h", "--max-errors", "50%"}, exitOK, nil},
		{[]string{"--max-errors", "0.4999"}, exitExceeded, []string{"50 % of the requests failed, above --max-errors 49.99 %"}},
		{[]string{"--max-p99", "1us"}, exitExceeded, []string{"the p99 of the latency is "}},
		{[]string{"--max-p99", "1us", "--max-errors", "0"}, exitExceeded, []string{"the p99 of the latency is ", "50 % of the requests failed, above --max-errors 0 %"}},
	} {
		fake := newFakeEnv()
		url := predicting(t, 10, http.StatusServiceUnavailable)
		args := append([]string{"--url", url, "--rate", "200", "--duration", "100ms", "--mix", "valid=100", "--request-timeout", "1m"}, c.limits...)
		code := fake.loadsAPI(t.Context(), t, "text", args...)
		lines := strings.SplitAfter(fake.errs.String(), "\n")
		if code != c.code || len(lines) != len(c.want)+1 {
			t.Errorf("%q: exit %d, told %q", c.limits, code, lines)
			continue
		}
		for i, want := range c.want {
			if !strings.HasPrefix(lines[i], "vmmp: "+want) {
				t.Errorf("%q: told %q, want %q", c.limits, lines[i], want)
			}
		}
		if out := fake.out.String(); !strings.Contains(out, "Errors              10, 50 % of the requests\n") || !strings.Contains(out, "answered 503") {
			t.Errorf("%q: reported\n%s", c.limits, out)
		}
	}
}

func TestStressAPINobodyThere(t *testing.T) {
	s := httptest.NewServer(nil)
	s.Close()
	fake := newFakeEnv()
	code := fake.loadsAPI(t.Context(), t, "json", "--url", s.URL, "--duration", "1h")
	told := fake.errs.String()
	if code != exitFailed || fake.out.Len() > 0 || !strings.HasPrefix(told, "vmmp: reach "+strings.TrimPrefix(s.URL, "http://")+": ") || strings.Count(told, "\n") != 1 {
		t.Errorf("exit %d, told %q", code, told)
	}
}

// A full disk is an error of writing, and no limit hides it.
func TestStressAPIUnwritten(t *testing.T) {
	fake := newFakeEnv()
	fake.stdout = failing{}
	args := []string{"--url", predicting(t, 0, http.StatusInternalServerError), "--rate", "50", "--duration", "20ms", "--max-errors", "0"}
	for _, output := range []string{"text", "json"} {
		if code := fake.loadsAPI(t.Context(), t, output, args...); code != exitFailed || !strings.Contains(fake.errs.String(), "no space left") {
			t.Errorf("-o %s: exit %d, told %q", output, code, fake.errs.String())
		}
	}
}

// The token comes from the flag, else from the environment.
func TestStressAPIToken(t *testing.T) {
	seen := make(chan string, 1)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen <- r.Header.Get("Authorization") }))
	defer s.Close()
	args := []string{"--url", s.URL, "--rate", "1", "--duration", "10ms"}
	for _, c := range []struct {
		variable string
		flag     []string
		want     string
	}{
		{"", nil, ""},
		{"secret", nil, "Bearer secret"},
		{"secret", []string{"--token", "other"}, "Bearer other"},
		{"secret", []string{"--token", ""}, ""},
	} {
		fake := newFakeEnv()
		fake.variables["VMMP_TOKEN"] = c.variable
		if code := fake.loadsAPI(t.Context(), t, "text", append(args, c.flag...)...); code != exitOK {
			t.Errorf("exit %d: %s", code, fake.errs.String())
		}
		if got := <-seen; got != c.want || strings.Contains(fake.out.String(), "secret") {
			t.Errorf("$VMMP_TOKEN %q and %q: sent %q, reported\n%s", c.variable, c.flag, got, fake.out.String())
		}
	}
}

// Ctrl-C ends the run with the report of what was measured.
func TestStressAPIInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { cancel() }))
	defer s.Close()
	fake := newFakeEnv()
	code := fake.loadsAPI(ctx, t, "text", "--url", s.URL, "--duration", "1h", "--max-errors", "0")
	if code != exitInterrupted || fake.errs.String() != "vmmp: interrupted\n" || !strings.HasPrefix(fake.out.String(), "Target ") {
		t.Errorf("exit %d, told %q, reported\n%s", code, fake.errs.String(), fake.out.String())
	}
}

// The form of the result is a contract with scripts.
func TestStressAPIJSON(t *testing.T) {
	c := newFakeEnv()
	if code := c.loadsAPI(t.Context(), t, "json", "--url", predicting(t, 5, 500), "--rate", "100", "--duration", "100ms", "--mix", "valid=100"); code != exitOK {
		t.Fatalf("exit %d: %s", code, c.errs.String())
	}
	var got map[string]any
	if err := json.Unmarshal(c.out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	const want = "[connections duration_seconds error_examples error_share errors late_ms latency_ms loop rate_achieved rate_asked requests seed shares throughput url warnings]"
	if keys := fmt.Sprint(slices.Sorted(maps.Keys(got))); keys != want {
		t.Errorf("fields %s, want %s", keys, want)
	}
	for field, want := range map[string]string{"latency_ms": "[max mean p50 p90 p99 p99_9]", "late_ms": "[p50 p99]", "errors": "[status_5xx]", "shares": "[valid]"} {
		if keys := fmt.Sprint(slices.Sorted(maps.Keys(got[field].(map[string]any)))); keys != want {
			t.Errorf("%s has %s, want %s", field, keys, want)
		}
	}
	if got["requests"] != 10.0 || got["error_share"] != 0.5 || got["loop"] != "open" || got["rate_asked"] != 100.0 {
		t.Errorf("%s", c.out.String())
	}
}
