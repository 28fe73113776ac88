package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// allMethods are those that a client may try.
var allMethods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"}

// Every route answers its own methods, HEAD like GET without a body, and every other method with 405 and the list of
// those that it answers.
func TestMethods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := looked(t, newServer(t, keeping(faulty{}), watching))
		w, stop := run(s)
		served := map[string][]string{"/docs/": {"GET"}}
		for _, e := range listedEndpoints(t, s) {
			served[e.Path] = append(served[e.Path], e.Method)
		}
		for path, allowed := range served {
			if slices.Contains(allowed, "GET") {
				allowed = append(allowed, "HEAD")
			}
			slices.Sort(allowed)
			for _, method := range allMethods {
				tryMethod(t, w, method, path, allowed)
			}
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// tryMethod asks one route by one method.
func tryMethod(t *testing.T, w *wire, method, path string, allowed []string) {
	t.Helper()
	v := visit(t, w)
	defer v.Close()
	go v.send(head(method, path, "", "Connection: close"))
	if method == "HEAD" {
		answer, err := http.ReadResponse(v.r, &http.Request{Method: method})
		if err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		answer.Body.Close()
		want := http.StatusMethodNotAllowed
		if slices.Contains(allowed, method) {
			want = http.StatusOK
		}
		if answer.StatusCode != want {
			t.Errorf("%s %s: answered %d, want %d", method, path, answer.StatusCode, want)
		}
		v.gone() // so that there was no body
		return
	}
	got := v.answer()
	if slices.Contains(allowed, method) {
		if got.Code == http.StatusMethodNotAllowed || got.Code == http.StatusNotFound || got.Code >= 500 {
			t.Errorf("%s %s: answered %d", method, path, got.Code)
		}
		return
	}
	wantProblem(t, got, http.StatusMethodNotAllowed, "method")
	if list := got.Header().Get("Allow"); list != strings.Join(allowed, ", ") {
		t.Errorf("%s %s: Allow is %q, want %q", method, path, list, allowed)
	}
}

// Paths that are none are told from methods that are none, in the form of every other problem, and nothing is
// redirected.
func TestPathsThatAreNot(t *testing.T) {
	s := newServer(t, keeping(faulty{}))
	for _, path := range []string{
		"/nowhere", "/health/", "/predict/", "/predict/batch/", "/HEALTH", "/health%00", "/health%20", "/health;a=b", "/docs%2Fswagger-ui.css%00",
		"/../health", "/%2e%2e/health", "/%2E%2e/%2e%2E/etc/passwd", "/x/../health", "/./health", "/docs/../health", "/docs/..", "/docs/%2e%2e/openapi.json",
		"//", "//health", "/%2f", "/health//", "/docs//", "///", "/{$}", "/*", "/" + strings.Repeat("a/", 1000),
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "DELETE"} {
			w := do(s, method, path, "")
			wantProblem(t, w, http.StatusNotFound)
			if w.Header().Get("Location") != "" {
				t.Errorf("%s %s is sent to %s", method, path, w.Header().Get("Location"))
			}
		}
		stillAnswers(t, s)
	}
	for _, path := range []string{"/docs/nothing", "/docs/swagger-ui.css/", "/docs/%00"} {
		if w := do(s, "GET", path, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: answered %d", path, w.Code)
		}
	}
}
