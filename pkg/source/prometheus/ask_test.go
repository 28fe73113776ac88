package prometheus

import (
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/source"
	"vmmp/pkg/source/internal/webapi"
)

func TestOpenRefuses(t *testing.T) {
	folder := t.TempDir()
	empty := filepath.Join(folder, "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		url     string
		options Options
		want    error
	}{
		{"prometheus:9090", Options{}, ErrURL},
		{"ftp://prometheus", Options{}, ErrURL},
		{"http://", Options{}, ErrURL},
		{"http://prometheus/?a=b", Options{}, ErrURL},
		{"http://prometheus\n", Options{}, ErrURL},
		{"http://prometheus", Options{Token: "two words"}, ErrToken},
		{"http://me:secret@prometheus", Options{Token: "token"}, ErrTwice},
		{"https://prometheus", Options{CAFile: empty}, webapi.ErrCA},
		{"https://prometheus", Options{CAFile: filepath.Join(folder, "none.pem")}, os.ErrNotExist},
	} {
		_, err := Open(test.url, Mapping{}, test.options)
		if !errors.Is(err, test.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", test.url, err)
		}
	}
}

// answering returns a source of a server that answers in a way of its own.
func answering(t *testing.T, user string, o Options, handler http.HandlerFunc) *Source {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	m, err := ParseMapping("test.yaml", []byte(testMapping))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(strings.Replace(server.URL, "//", "//"+user, 1)+"/prefix/", m, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

const nothing = `{"status":"success","data":{"resultType":"vector","result":[]}}`

func TestIdentity(t *testing.T) {
	for _, test := range []struct {
		user, want string
		options    Options
	}{
		{"", "", Options{}},
		{"", "Bearer abc.def", Options{Token: "abc.def"}},
		{"me:secret@", "Basic bWU6c2VjcmV0", Options{}},
	} {
		s := answering(t, test.user, test.options, func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("Authorization"); got != test.want || r.URL.Path != "/prefix/api/v1/query" {
				t.Errorf("%q to %s, want %q", got, r.URL.Path, test.want)
			}
			_, _ = w.Write([]byte(nothing))
		})
		if vms, err := s.List(t.Context()); err != nil || len(vms) != 0 {
			t.Errorf("%v, %v", vms, err)
		}
	}
}

// What is wrong with a server is said in one line, without secrets.
func TestServersAtFault(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		is     error
		want   string
	}{
		"expired token": {401, "<html>token expired</html>", source.ErrDenied, "not permitted (401): give a token that has not expired"},
		"forbidden":     {403, "no", source.ErrDenied, "not permitted (403): the token or user may not query"},
		"not there":     {404, "404 page not found", errNotPrometheus, "does not answer as a Prometheus: give the URL"},
		"another page":  {200, "<!DOCTYPE html>\n<html>", errNotPrometheus, "does not answer as a Prometheus"},
		"nothing":       {200, "", errNotPrometheus, "does not answer as a Prometheus"},
		"empty object":  {200, "{}", errNotPrometheus, "does not answer as a Prometheus"},
		"cut":           {200, nothing[:40], errNotPrometheus, ""},
		"a redirect":    {302, "", nil, "it redirects (302), which is not followed"},
		"overloaded":    {503, "too many\nqueries " + strings.Repeat("x", 5000), nil, "it answers 503: too many queries xxx"},
		"a scalar":      {200, `{"status":"success","data":{"resultType":"scalar","result":[1700000000,"1"]}}`, errQuery, "its answer is a scalar"},
		"no such type":  {200, `{"status":"success","data":{"resultType":"poem","result":[]}}`, errQuery, "its answer is a poem"},
		"timed out":     {503, `{"status":"error","errorType":"timeout","error":"query timed out"}`, nil, "it answers 503: query timed out"},
		"a bad query":   {422, `{"status":"error","errorType":"execution","error":"found duplicate series"}`, errQuery, "found duplicate series"},
		"bad numbers":   {200, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,2]}]}}`, errNotPrometheus, ""},
		"null samples":  {200, `{"status":"success","data":{"resultType":"vector","result":[null,{"metric":null,"value":[0,"1e999"]}]}}`, nil, ""},
	} {
		s := answering(t, "me:secret@", Options{}, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(test.status)
			_, _ = w.Write([]byte(test.body))
		})
		_, err := s.List(t.Context())
		if name == "null samples" && err == nil {
			continue
		}
		if err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if text := err.Error(); !strings.HasPrefix(text, "ask http://127.0.0.1:") || strings.ContainsAny(text, "\n") ||
			strings.Contains(text, "secret") || len(text) > 600 {
			t.Errorf("%s: %q", name, text)
		}
	}
}

// Gateways that let only GET pass are asked by it.
func TestForbiddenPost(t *testing.T) {
	s := answering(t, "", Options{}, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = w.Write([]byte(nothing))
	})
	if _, err := s.List(t.Context()); err != nil {
		t.Error(err)
	}
}

// A server that hangs costs the time of one call, whatever is asked, also in the middle.
func TestHungServer(t *testing.T) {
	f := newFake(t, web()...)
	hung := make(chan struct{})
	var lists int
	s := answering(t, "", Options{Timeout: 300 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.FormValue("query"), "vm_cpu") || lists < 0 {
			<-hung
		}
		f.ServeHTTP(w, r)
	})
	t.Cleanup(func() { close(hung) })
	began := time.Now()
	o, err := s.Observe(t.Context(), source.VM{ID: "shop/web"}, source.Ask{})
	if took := time.Since(began); err != nil || took < 250*time.Millisecond || took > 5*time.Second {
		t.Fatalf("%v after %v", err, took)
	}
	if o.Features.Known().Len() != 4 || len(o.Notes) != 1 || !strings.Contains(o.Notes[0], "no answer within 300ms") {
		t.Errorf("known %v, %q", o.Features.Known(), o.Notes)
	}
	lists = -1
	if _, err := s.List(t.Context()); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no answer within 300ms") {
		t.Errorf("%v", err)
	}
}

func TestCloseEndsCalls(t *testing.T) {
	hung, asked := make(chan struct{}), make(chan struct{}, 9)
	s := answering(t, "", Options{}, func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-hung
	})
	t.Cleanup(func() { close(hung) })
	go func() {
		<-asked
		_ = s.Close()
	}()
	if _, err := s.List(t.Context()); !errors.Is(err, errClosed) {
		t.Errorf("%v", err)
	}
}

func TestCA(t *testing.T) {
	f := newFake(t, web()...)
	server := httptest.NewUnstartedServer(f)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	path := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{path: "", "": "certificate"} {
		s, err := Open(server.URL, f.open(t, Options{}).mapping, Options{CAFile: file})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = s.List(t.Context()); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("by %q: %v", file, err)
		}
		_ = s.Close()
	}
}

func TestServerWarns(t *testing.T) {
	s := answering(t, "", Options{}, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.FormValue("query"), "vm_info") {
			_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"namespace":"shop","name":"web","phase":"running"},"value":[1700000000,"1"]}]}}`))
			return
		}
		_, _ = w.Write([]byte(`{"status":"success","warnings":["one store\nis away"],` + nothing[len(`{"status":"success",`):]))
	})
	o, err := s.Observe(t.Context(), source.VM{ID: "shop/web"}, source.Ask{})
	if err != nil || !strings.Contains(strings.Join(o.Notes, "|"), "|the server warns: one store is away") {
		t.Errorf("%v, %q", err, o.Notes)
	}
}

func TestCheck(t *testing.T) {
	f := newFake(t, web()...)
	s := f.open(t, Options{})
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	f.refuses = func(query string) (int, string) {
		if strings.Contains(query, "vm_memory") || strings.HasPrefix(query, "move_end") {
			return 400, `{"status":"error","errorType":"bad_data","error":"parse error"}`
		}
		return 0, ""
	}
	err := s.Check(t.Context())
	if err == nil || strings.Count(err.Error(), "\n") != 1 || !strings.HasPrefix(err.Error(), "test.yaml:8: features.memory_mib: ask ") ||
		!strings.Contains(err.Error(), "\ntest.yaml:22: ended.end: ask ") {
		t.Errorf("%v", err)
	}
	f.Close()
	if err := s.Check(t.Context()); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("of no server: %v", err)
	}
}
