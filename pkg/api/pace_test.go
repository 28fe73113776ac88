package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"vmmp/pkg/history"
	"vmmp/pkg/httpd"
	"vmmp/pkg/prediction"
)

// inBubble runs a server in a bubble, and f beside it. A bubble has a clock of its own: what takes minutes in it takes
// no time. Goroutines that are left behind at its end are a fault by themselves.
func inBubble(t *testing.T, f func(t *testing.T, s *Server, w *wire), change ...func(*Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, change...)
		w, stop := run(s)
		f(t, s, w)
		if err := stop(); err != nil {
			t.Errorf("stopped with %v", err)
		}
		time.Sleep(time.Minute) // for clients to notice
		if n := testutil.ToFloat64(s.metrics.HTTPInFlight); n != 0 {
			t.Errorf("%g requests are still under way", n)
		}
	})
}

// drip sends text byte by byte, one a second, until the server goes.
func (v *visitor) drip(text string) {
	for i := range text {
		if _, err := v.Write([]byte{text[i]}); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

// A client that sends a byte a second is told so and let go; others are answered meanwhile.
func TestSlowBody(t *testing.T) {
	for _, target := range []string{"/predict", "/predict/batch", "/migrations"} {
		inBubble(t, func(t *testing.T, _ *Server, w *wire) {
			begun := time.Now()
			v := visit(t, w)
			go func() {
				v.send(fmt.Sprintf("POST %s HTTP/1.1\r\nHost: vmmp\r\nContent-Length: 500\r\n\r\n", target))
				v.drip("[" + strings.Repeat(" ", 498))
			}()
			time.Sleep(5 * time.Second)
			if got := w.ask(t, "POST", "/predict", fourFeatures); got.Code != http.StatusOK || time.Since(begun) != 5*time.Second {
				t.Errorf("somebody else was answered %d after %v", got.Code, time.Since(begun))
			}
			got := v.answer()
			wantProblem(t, got, http.StatusRequestTimeout)
			if took := time.Since(begun); took < testTimeouts.Read || took > testTimeouts.Read+2*time.Second {
				t.Errorf("let go after %v", took)
			}
			v.gone()
		}, keeping(faulty{}))
	}
}

// A batch that stops coming is answered as far as it came, and ends with what was wrong.
func TestSlowBatch(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *Server, w *wire) {
		v := visit(t, w)
		go func() {
			v.send("POST /predict/batch HTTP/1.1\r\nHost: vmmp\r\nContent-Type: application/x-ndjson\r\nContent-Length: 5000\r\n\r\n" + someVM + "\n")
			v.drip(strings.Repeat("x", 4000))
		}()
		got := batchRows(t, v.answer())
		if len(got) != 2 || got[0].Status != "success" || len(got[1].Errors) != 1 || got[1].Errors[0].Message != "came too slowly: what follows was not read" {
			t.Errorf("answered %+v", got)
		}
		v.gone()
	})
}

// What is left of a batch that ended early is not taken for the next request.
func TestRestOfABatchIsNoRequest(t *testing.T) {
	rest := head("GET", "/health", "")
	for _, begin := range []string{"[" + someVM + "] and", "[" + someVM + "]]", "{", "no batch"} {
		inBubble(t, func(t *testing.T, _ *Server, w *wire) {
			begun := time.Now()
			v := visit(t, w)
			go v.send(fmt.Sprintf("POST /predict/batch HTTP/1.1\r\nHost: vmmp\r\nContent-Length: %d\r\n\r\n%s", len(begin)+len(rest), begin))
			if got := v.answer(); got.Code != http.StatusOK && got.Code != http.StatusUnprocessableEntity {
				t.Errorf("%s: answered %d", begin, got.Code)
			}
			if took := time.Since(begun); took > time.Second {
				t.Errorf("%s: answered after %v", begin, took)
			}
			go v.send(rest)
			v.gone()
		})
	}
}

// A large body may take longer than the grace, if it comes at a sensible rate.
func TestSteadyBody(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *Server, w *wire) {
		v := visit(t, w)
		const piece, pieces = 2 * httpd.MinBytesPerSecond, 45
		go func() {
			v.send(fmt.Sprintf("POST /predict HTTP/1.1\r\nHost: vmmp\r\nContent-Length: %d\r\n\r\n", len(someVM)+piece*pieces))
			for range pieces {
				v.send(strings.Repeat(" ", piece))
				time.Sleep(2 * time.Second)
			}
			v.send(someVM)
		}()
		read[prediction.Prediction](t, v.answer(), http.StatusOK)
		v.Close()
	})
}

// net/http reads what an operation leaves unread, before it answers. Whoever promised a body and sends none cannot make
// it wait for ever.
func TestPromisedBodyThatNeverComes(t *testing.T) {
	for target, status := range map[string]int{"/nowhere": 404, "/health": 405, "/predict?explain=maybe": 422, "/model/reload": 200, "/migrations": 404} {
		inBubble(t, func(t *testing.T, _ *Server, w *wire) {
			v := visit(t, w)
			go v.send("POST " + target + " HTTP/1.1\r\nHost: vmmp\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n")
			if got := v.answer(); got.Code != status {
				t.Errorf("%s: answered %d", target, got.Code)
			}
			v.gone()
		}, func(o *Options) { o.Timeouts.Read = testTimeouts.Write / 2 })
	}
}

func TestSlowHead(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *Server, w *wire) {
		begun := time.Now()
		v := visit(t, w)
		go v.drip(head("GET", "/health", "", "X-Long: "+strings.Repeat("x", 1000)))
		if got := v.answer(); got.Code != http.StatusBadRequest {
			t.Errorf("answered %d", got.Code)
		}
		v.gone()
		if took := time.Since(begun); took > testTimeouts.Header+2*time.Second {
			t.Errorf("let go after %v", took)
		}
	})
}

// hesitant is a history that takes its time.
type hesitant struct {
	faulty
	takes time.Duration
}

func (h hesitant) Append(ctx context.Context, _ history.Batch) (history.Receipt, error) {
	select {
	case <-time.After(h.takes):
		return history.Receipt{IDs: []int64{1}}, nil
	case <-ctx.Done():
		return history.Receipt{}, ctx.Err()
	}
}

// The time that a body is given is no limit on the answer to it.
func TestAnswerThatTakesLongerThanTheBody(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *Server, w *wire) {
		if got := w.ask(t, "POST", "/migrations", outcome); got.Code != http.StatusCreated {
			t.Errorf("answered %d %s", got.Code, got.Body)
		}
	}, keeping(hesitant{takes: time.Minute}))
}

// A deadline of one request is none of the next on the same connection.
func TestKeptConnection(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *Server, w *wire) {
		v := visit(t, w)
		for range 3 {
			go v.send(head("POST", "/predict", fourFeatures))
			read[prediction.Prediction](t, v.answer(), http.StatusOK)
			time.Sleep(testTimeouts.Idle - time.Millisecond)

			go v.send(head("POST", "/predict/batch", "["+someVM+"]"))
			read[[]prediction.Prediction](t, v.answer(), http.StatusOK)
			time.Sleep(testTimeouts.Idle - time.Millisecond)

			go v.send("POST /predict HTTP/1.1\r\nHost: vmmp\r\nExpect: 100-continue\r\nContent-Length: " + fmt.Sprint(len(someVM)) + "\r\n\r\n")
			if line, err := v.r.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
				t.Fatalf("%q, %v", line, err)
			}
			if _, err := v.r.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			go v.send(someVM)
			read[prediction.Prediction](t, v.answer(), http.StatusOK)
			time.Sleep(testTimeouts.Idle - time.Millisecond)
		}
		time.Sleep(time.Second)
		v.gone()
	}, func(o *Options) { o.Timeouts.Write, o.Timeouts.Read = time.Second, time.Second })
}

// No more than a few batches are answered at once: each may hold much. Who comes too many is told to come again, and
// may when one is done.
func TestTooManyBatches(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *Server, w *wire) {
		var visitors []*visitor
		for range mostBatches {
			v := visit(t, w)
			v.send("POST /predict/batch HTTP/1.1\r\nHost: vmmp\r\nContent-Length: 100\r\n\r\n[")
			visitors = append(visitors, v)
		}
		synctest.Wait()
		got := w.ask(t, "POST", "/predict/batch", "[]")
		wantProblem(t, got, http.StatusServiceUnavailable)
		if got.Header().Get("Retry-After") != "1" {
			t.Errorf("header %v", got.Header())
		}
		if got := w.ask(t, "POST", "/predict", fourFeatures); got.Code != http.StatusOK {
			t.Errorf("a single prediction was answered %d", got.Code)
		}
		visitors[0].Close()
		if got := w.ask(t, "POST", "/predict/batch", "[]"); got.Code != http.StatusOK {
			t.Errorf("after one left: %d", got.Code)
		}
		for _, v := range visitors {
			v.Close()
		}
	})
}
