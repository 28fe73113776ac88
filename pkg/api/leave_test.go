package api

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"vmmp/pkg/metrics"
)

// A client that never reads is let go, and nothing of its batch stays behind.
func TestClientThatNeverReads(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Server, w *wire) {
		v := visit(t, w)
		v.send(head("POST", "/predict/batch", strings.Repeat(someVM+"\n", 1000), "Content-Type: application/x-ndjson"))
		synctest.Wait()
		if n := testutil.ToFloat64(s.metrics.HTTPInFlight); n != 1 {
			t.Errorf("%g requests under way", n)
		}
		time.Sleep(testTimeouts.Write + time.Second)
		synctest.Wait()
		if n := testutil.ToFloat64(s.metrics.HTTPInFlight); n != 0 || len(s.batches) != 0 {
			t.Errorf("%g requests and %d batches under way", n, len(s.batches))
		}
		if got := w.ask(t, "POST", "/predict", fourFeatures); got.Code != http.StatusOK {
			t.Errorf("somebody else was answered %d", got.Code)
		}
		v.Close()
	})
}

// So is one that reads an answer a byte a second, and one that leaves.
func TestClientThatReadsSlowly(t *testing.T) {
	for name, read := range map[string]func(v *visitor){
		"slowly": func(v *visitor) {
			for {
				if _, err := v.Read(make([]byte, 1)); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		},
		"nothing and leaves":    func(v *visitor) { v.Close() },
		"something and leaves":  func(v *visitor) { _, _ = v.Read(make([]byte, 100)); v.Close() },
		"after leaving halfway": func(v *visitor) { time.Sleep(time.Second); v.Close() },
	} {
		inBubble(t, func(t *testing.T, s *Server, w *wire) {
			v := visit(t, w)
			v.send(head("POST", "/predict/batch", strings.Repeat(someVM+"\n", 1000), "Content-Type: application/x-ndjson"))
			read(v)
			time.Sleep(time.Minute)
			synctest.Wait()
			if n := testutil.ToFloat64(s.metrics.HTTPInFlight); n != 0 || len(s.batches) != 0 {
				t.Errorf("%s: %g requests and %d batches under way", name, n, len(s.batches))
			}
			v.Close()
		})
	}
}

// Nothing is done for somebody who has left.
func TestNoWorkForWhoLeft(t *testing.T) {
	const rows = 100 * rowsAtOnce
	inBubble(t, func(t *testing.T, s *Server, w *wire) {
		v := visit(t, w)
		v.send(head("POST", "/predict/batch", strings.Repeat("{}\n", rows), "Content-Type: application/x-ndjson"))
		v.Close()
		synctest.Wait()
		if n := testutil.ToFloat64(s.metrics.PredictionFaults.WithLabelValues(metrics.EndpointBatch)); n > rows/10 {
			t.Errorf("%g rows of %d were answered", n, rows)
		}
	})
}

// A client that leaves ends the work for it.
func TestClientThatLeavesEndsItsRequest(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Server, w *wire) {
		v := visit(t, w)
		v.send(head("POST", "/migrations", outcome))
		v.Close()
		synctest.Wait()
		if n := testutil.ToFloat64(s.metrics.HTTPInFlight); n != 0 {
			t.Errorf("%g requests under way", n)
		}
	}, keeping(hesitant{takes: time.Hour}))
}
