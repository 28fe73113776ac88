//go:build integration

package api

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"vmmp/pkg/migration"
)

// browserPatience keeps a browser that hangs from hanging the tests.
const browserPatience = 2 * time.Minute

// browse opens a browser that reaches nothing but 127.0.0.1. What its page does is told to hear.
func browse(t *testing.T, hear func(event any)) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v: .ci/setup installs it", err)
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 2000),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-proxy-server", true), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"))
	bounded, release := context.WithTimeout(context.Background(), browserPatience)
	allocator, end := chromedp.NewExecAllocator(bounded, options...)
	ctx, leave := chromedp.NewContext(allocator, chromedp.WithListener(hear))
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("close the browser: %v", err)
		}
		leave()
		end()
		release()
	})
	return ctx
}

// sighting is what a page asked for and complained of.
type sighting struct {
	mu       sync.Mutex
	requests []string
	faults   []string
}

// hear notes an event of the browser.
func (s *sighting) hear(event any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		s.requests = append(s.requests, e.Request.URL)
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 {
			s.faults = append(s.faults, fmt.Sprintf("%s: status %d", e.Response.URL, e.Response.Status))
		}
	case *network.EventLoadingFailed:
		s.faults = append(s.faults, "loading failed: "+e.ErrorText)
	case *runtime.EventExceptionThrown:
		s.faults = append(s.faults, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			s.faults = append(s.faults, fmt.Sprintf("console: %s", e.Args[0].Value))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			s.faults = append(s.faults, "log: "+e.Entry.Text+" "+e.Entry.URL)
		}
	}
}

// judge fails the test over requests that did not go to the server, and over complaints.
func (s *sighting) judge(t *testing.T, origin string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, url := range s.requests {
		// What a page carries in itself comes from nowhere.
		if !strings.HasPrefix(url, origin+"/") && !strings.HasPrefix(url, "data:") {
			t.Errorf("the page asked for %s", url)
		}
	}
	for _, needed := range []string{"/docs", "/openapi.json", "/predict"} {
		if !slices.Contains(s.requests, origin+needed) {
			t.Errorf("the page never asked for %s: %q", needed, s.requests)
		}
	}
	for _, fault := range s.faults {
		t.Error(fault)
	}
}

// predictPart selects within the part of the page that shows POST /predict.
func predictPart(selector string) chromedp.CSS {
	return chromedp.CSS("#operations-predict-predict " + selector)
}

// press clicks on elements, each once it is there.
func press(t *testing.T, ctx context.Context, elements ...chromedp.CSS) { //nolint:revive // t comes first, as everywhere
	t.Helper()
	for _, e := range elements {
		if err := chromedp.Do(ctx, chromedp.Click(e)); err != nil {
			t.Fatalf("click on %s: %v", e, err)
		}
	}
}

// visible is the visible text of an element.
func visible(t *testing.T, ctx context.Context, element chromedp.CSS) string { //nolint:revive // t comes first, as everywhere
	t.Helper()
	text, err := chromedp.Run(ctx, chromedp.Text(element))
	if err != nil {
		t.Fatalf("text of %s: %v", element, err)
	}
	return text
}

// awaitText waits until an element shows a text: the page draws in several steps.
func awaitText(t *testing.T, ctx context.Context, element chromedp.CSS, text string) { //nolint:revive // t comes first, as everywhere
	t.Helper()
	const shows = "(selector, text) => document.querySelector(selector)?.innerText.includes(text)"
	if _, err := chromedp.Run(ctx, chromedp.PollFunction[bool](shows, chromedp.WithPollingArgs(string(element), text))); err != nil {
		t.Fatalf("%s does not show %q (%v), but:\n%s", element, text, err, visible(t, ctx, element))
	}
}

// The documentation works in a browser without a network: it shows the operations and what the features mean, and it
// predicts.
func TestDocsInABrowser(t *testing.T) {
	server := httptest.NewServer(newServer(t))
	defer server.Close()
	var seen sighting
	ctx := browse(t, seen.hear)
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/docs")); err != nil {
		t.Fatal(err)
	}
	press(t, ctx, predictPart(".opblock-summary-control"))
	page := visible(t, ctx, "body")
	for _, path := range []string{"/predict", "/predict/batch", "/migrations", "/accuracy", "/simulate", "/model/reload"} {
		if !slices.Contains(strings.Fields(strings.ReplaceAll(page, "\u200b", "")), path) {
			t.Errorf("the page does not show %s", path)
		}
	}
	press(t, ctx, predictPart(".try-out__btn"), predictPart(".execute"))
	awaitText(t, ctx, predictPart(".live-responses-table tbody .response-col_status"), "200")
	awaitText(t, ctx, predictPart(".live-responses-table tbody .response-col_description"), `"predicted_downtime"`)
	const body, property = ".opblock-section-request-body ", ".json-schema-2020-12-property"
	expand := predictPart(body + ".json-schema-2020-12-expand-deep-button")
	press(t, ctx, predictPart(body+".tab li:last-child button"), expand) // closes what is half open
	if err := chromedp.Do(ctx, chromedp.WaitNotPresent(predictPart(body+property))); err != nil {
		t.Fatal(err)
	}
	press(t, ctx, expand)
	// What stands in backticks is shown in another type instead.
	awaitText(t, ctx, predictPart(body), strings.ReplaceAll(describeFeature(migration.Definitions[migration.DirtyRate]), "`", ""))
	seen.judge(t, server.URL)
}

// What the test above takes for granted: the browser reaches nothing else, and a page that asks for more is noticed.
func TestBrowserIsCutOff(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	var reached atomic.Int64
	elsewhere := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	elsewhere.Listener.Close()
	elsewhere.Listener = listener
	elsewhere.Start()
	defer elsewhere.Close()
	script := elsewhere.URL + "/script.js"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<!DOCTYPE html><link rel="icon" href="data:,"><script src="%s"></script>`, script)
	}))
	defer server.Close()
	var seen sighting
	if err := chromedp.Do(browse(t, seen.hear), chromedp.Navigate(server.URL)); err != nil {
		t.Fatal(err)
	}
	seen.mu.Lock()
	defer seen.mu.Unlock()
	if reached.Load() != 0 || !slices.Contains(seen.requests, script) || len(seen.faults) == 0 {
		t.Errorf("reached %d times; the page asked for %q, faults %q", reached.Load(), seen.requests, seen.faults)
	}
}
