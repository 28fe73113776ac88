package httpd

import (
	"io"
	"net/http"
	"time"
)

// MinBytesPerSecond is the rate below which a client that sends a body is let go, once its grace is used up.
const MinBytesPerSecond = 10 << 10

// pace bounds how long a client may take to send its body and to read the answer, by rate and not by time in all, since
// either may be large and its way slow.
func pace(t Timeouts, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if r.Body != nil && r.Body != http.NoBody {
			body := &pacedReader{ReadCloser: r.Body, control: control, start: time.Now(), grace: t.Read}
			body.extend() // what the handler leaves unread is read by net/http
			r.Body = body
		}
		paced := &pacedWriter{ResponseWriter: w, control: control, grace: t.Write}
		defer paced.extend() // what is still buffered is written after the handler
		next.ServeHTTP(paced, r)
	})
}

// pacedReader lets a body take its grace and then as long as the lowest rate allows for what has come.
type pacedReader struct {
	io.ReadCloser
	control *http.ResponseController
	start   time.Time
	grace   time.Duration
	read    int64
}

// Read reads from the body, for as long as it may still take.
func (p *pacedReader) Read(b []byte) (int, error) {
	p.extend()
	n, err := p.ReadCloser.Read(b)
	p.read += int64(n)
	return n, err
}

func (p *pacedReader) extend() {
	allowed := p.grace + time.Duration(p.read)*time.Second/MinBytesPerSecond
	// A connection that has no deadlines, as in a test's recorder, is not bounded.
	_ = p.control.SetReadDeadline(p.start.Add(allowed))
}

// pacedWriter gives each write its grace. A write returns once the kernel has taken it, so that a client that never
// reads is noticed when its buffers are full.
type pacedWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	grace   time.Duration
	set     time.Time
}

// Unwrap returns the writer beneath, for http.ResponseController.
func (p *pacedWriter) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// Write writes a piece of the answer, within its grace.
func (p *pacedWriter) Write(b []byte) (int, error) {
	p.extend()
	return p.ResponseWriter.Write(b)
}

func (p *pacedWriter) extend() {
	now := time.Now()
	if now.Sub(p.set) < p.grace/10 { // a system call for each small write would cost more than it tells
		return
	}
	p.set = now
	_ = p.control.SetWriteDeadline(now.Add(p.grace))
}
