package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// begin opens a batch and answers its first row, and leaves it open.
func begin(t *testing.T, w *wire) *visitor {
	t.Helper()
	v := visit(t, w)
	go v.send("POST /predict/batch HTTP/1.1\r\nHost: vmmp\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(someVM+"\n"))
	synctest.Wait()
	return v
}

// chunk is a piece of a body that is sent in pieces.
func chunk(text string) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[len(text)/16], digits[len(text)%16]}) + "\r\n" + text + "\r\n"
}

// A server that is to stop says so, goes on answering for as long as it lingers, and then takes nobody new but ends
// what is under way.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, func(o *Options) { o.Timeouts.Linger, o.Timeouts.Idle = 5*time.Second, time.Minute })
		w, stop := run(s)
		kept := visit(t, w)
		ask := func(target string) int {
			go kept.send(head("GET", target, ""))
			return kept.answer().Code
		}
		if code := ask("/ready"); code != http.StatusOK || testutil.ToFloat64(s.metrics.Ready) != 1 {
			t.Errorf("before: %d", code)
		}
		batch := begin(t, w)
		ended := make(chan error, 1)
		go func() { ended <- stop() }()
		synctest.Wait()

		// It lingers.
		if code := ask("/ready"); code != http.StatusServiceUnavailable || testutil.ToFloat64(s.metrics.Ready) != 0 {
			t.Errorf("while it lingers: %d", code)
		}
		if code := ask("/health"); code != http.StatusOK {
			t.Errorf("health while it lingers: %d", code)
		}
		if got := w.ask(t, "POST", "/predict", fourFeatures); got.Code != http.StatusOK {
			t.Errorf("somebody new while it lingers: %d", got.Code)
		}

		// It drains.
		time.Sleep(6 * time.Second)
		if _, err := w.dial(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("somebody new is let in: %v", err)
		}
		kept.gone()
		go batch.send(chunk(someVM+"\n") + "0\r\n\r\n")
		if got := batchRows(t, batch.answer()); len(got) != 2 || got[1].Status != "success" {
			t.Errorf("what was under way is answered %+v", got)
		}
		if err := <-ended; err != nil {
			t.Errorf("stopped with %v", err)
		}
		batch.gone()
	})
}

// A request that does not end is cut off, and Serve says so.
func TestStopThatCutsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, func(o *Options) { o.Timeouts.Drain = 3 * time.Second })
		w, stop := run(s)
		batch := begin(t, w)
		response, err := http.ReadResponse(batch.r, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		answers := json.NewDecoder(response.Body)
		var first batchRow
		if err := answers.Decode(&first); err != nil || first.Status != "success" {
			t.Fatalf("%+v, %v", first, err)
		}
		begun := time.Now()
		err = stop()
		if err == nil || !strings.Contains(err.Error(), "cut off") || !strings.Contains(err.Error(), "3s") {
			t.Errorf("stopped with %v", err)
		}
		if took := time.Since(begun); took < 3*time.Second || took > 4*time.Second {
			t.Errorf("stopped after %v", took)
		}
		if err := answers.Decode(&first); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("the answer seems whole: %v", err)
		}
		time.Sleep(time.Minute) // for what was cut off to notice
	})
}

// Without anything under way a server stops at once, whatever its bounds.
func TestStopOfAnIdleServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, func(o *Options) { o.Timeouts.Drain = time.Hour })
		w, stop := run(s)
		idle := visit(t, w)
		go idle.send(head("GET", "/health", ""))
		idle.answer()
		begun := time.Now()
		if err := stop(); err != nil || time.Since(begun) > time.Second {
			t.Errorf("stopped after %v with %v", time.Since(begun), err)
		}
		idle.gone()
	})
}

// The same over a real network: what is under way is answered, new connections are refused.
func TestStopOverTCP(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	s := newServer(t)
	go func() { ended <- s.Serve(ctx, listener) }()
	c := converse(t, listener.Addr().String(), mediaNDJSON, someVM+"\n")
	c.hear()
	cancel()
	for { // until the listener is closed
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", listener.Addr().String())
		if err != nil {
			break
		}
		conn.Close()
	}
	c.say(someVM + "\n")
	c.hear()
	c.send.Close()
	if err := <-ended; err != nil {
		t.Errorf("stopped with %v", err)
	}
}
