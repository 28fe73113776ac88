package api

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"vmmp/pkg/httpd"
)

// peak follows how much is reachable while f runs, beyond what was before, in bytes. What is garbage does not count.
func peak(f func()) int64 {
	before, most := heap(), int64(0)
	done := make(chan struct{})
	var watched sync.WaitGroup
	watched.Go(func() {
		for {
			most = max(most, heap()-before)
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	f()
	close(done)
	watched.Wait()
	return most
}

// Fifty clients that send too much and fifty that send next to nothing hold no more than the bodies that might have
// been good.
func TestManyLargeAndSlowClients(t *testing.T) {
	const clients, bound = 50, 2 * 50 * MaxBodyBytes // twice, since a body that grows is copied
	address := listen(t, newServer(t))
	large := bytes.Repeat([]byte(" "), 2<<20)
	grown := peak(func() {
		var all sync.WaitGroup
		for i := range clients {
			all.Go(func() {
				v := connect(t, address)
				v.send("POST /predict HTTP/1.1\r\nHost: vmmp\r\nContent-Length: 1000\r\n\r\n {")
			})
			all.Go(func() {
				body := io.Reader(bytes.NewReader(large))
				if i%2 == 0 {
					body = struct{ io.Reader }{body} // of which no length is known
				}
				if status, err := post(t, address, "/predict", body); err == nil && status != http.StatusRequestEntityTooLarge {
					t.Errorf("answered %d", status)
				}
			})
		}
		all.Wait()
	})
	if grown > bound {
		t.Errorf("%d MiB were held, more than %d", grown>>20, bound>>20)
	}
	status, err := post(t, address, "/predict", strings.NewReader(someVM))
	if err != nil || status != http.StatusOK {
		t.Errorf("the next request: %d, %v", status, err)
	}
}

// post sends a body and answers the status. A server that refuses a body closes the connection, of which a client may
// hear before it hears the answer.
func post(t testing.TB, address, target string, body io.Reader) (int, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+address+target, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	response, err := (&http.Client{Timeout: patient}).Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}

// A batch of 15 MiB holds no more than what its client sent and has no answer to yet, and as much again.
func TestLongBatch(t *testing.T) {
	const rows, length, bound = 1000, 15 << 10, 32 << 20
	address := listen(t, newServer(t))
	row := []byte(someVM[:len(someVM)-1] + strings.Repeat(" ", length) + "}\n")
	r, w := io.Pipe()
	go func() {
		for range rows {
			if _, err := w.Write(row); err != nil {
				return
			}
		}
		w.Close()
	}()
	request, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+address+"/predict/batch", r)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", mediaNDJSON)
	var answered int64
	grown := peak(func() {
		response, err := (&http.Client{Timeout: patient}).Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if answered, err = io.Copy(io.Discard, response.Body); err != nil {
			t.Error(err)
		}
	})
	if grown > bound || answered < rows*100 {
		t.Errorf("%d MiB were held, more than %d, for an answer of %d bytes", grown>>20, bound>>20, answered)
	}
}

// What one request leaves behind, none does.
func TestNothingIsLeftBehind(t *testing.T) {
	s := newServer(t)
	ask := func(n int) {
		for i := range n {
			stillAnswers(t, s)
			do(s, "GET", fmt.Sprintf("/nowhere/%d", i), "")
			do(s, "POST", "/predict/batch", "["+someVM+",7]", httpd.RequestIDHeader, fmt.Sprint(i))
		}
	}
	ask(20)
	before, goroutines := heap(), runtime.NumGoroutine()
	ask(500)
	if grown := heap() - before; grown > 2<<20 {
		t.Errorf("%d bytes are held of requests that are answered", grown)
	}
	if n := runtime.NumGoroutine(); n > goroutines+5 {
		t.Errorf("%d goroutines, %d before", n, goroutines)
	}
}
