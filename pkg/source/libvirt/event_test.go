package libvirt

import (
	"bytes"
	"io"
	"math"
	"net"
	"testing"
)

func TestDecodeEvent(t *testing.T) {
	d := newDomain("web-1")
	var e encoder
	e.words(3)
	e.domain(d)
	e.params(map[string]any{"a": int32(-5), "b": uint32(5), "c": int64(-6), "d": uint64(6), "e": 7.5, "f": true, "g": "text"})
	got, ok, err := decodeEvent(completedProcedure, e.Bytes())
	if !ok || err != nil || got.domain.Name != "web-1" || got.domain.UUID != d.uuid() || got.domain.ID != 7 {
		t.Fatalf("%+v, %t, %v", got, ok, err)
	}
	for name, want := range map[string]float64{"a": -5, "b": 5, "c": -6, "d": 6, "e": 7.5, "f": 1} {
		if got.job[name] != want {
			t.Errorf("%s is %g, want %g", name, got.job[name], want)
		}
	}
	if len(got.job) != 6 || !math.IsNaN(got.job.get("a")) || !math.IsNaN(got.job.get("g")) {
		t.Errorf("%v", got.job)
	}
	for n := range e.Len() {
		if _, _, err := decodeEvent(completedProcedure, e.Bytes()[:n]); err == nil {
			t.Errorf("an event cut after %d bytes is read", n)
		}
	}
	if _, ok, _ := decodeEvent(17, e.Bytes()); ok {
		t.Error("an event that nobody listens to is one")
	}
}

func FuzzDecodeEvent(f *testing.F) {
	d := newDomain("web-1")
	var life, job encoder
	life.words(3)
	life.domain(d)
	life.words(5, 3)
	job.words(3)
	job.domain(d)
	job.params(map[string]any{"a": int32(-5), "e": 7.5, "g": "text"})
	f.Add(uint32(lifecycleProcedure), life.Bytes())
	f.Add(uint32(iterationProcedure), life.Bytes())
	f.Add(uint32(completedProcedure), job.Bytes())
	f.Fuzz(func(t *testing.T, procedure uint32, body []byte) {
		e, ok, err := decodeEvent(procedure, body)
		if ok && err == nil && len(e.domain.Name)+len(e.domain.UUID) > len(body) {
			t.Errorf("%+v of %d bytes", e, len(body))
		}
		for name := range e.job {
			if v := e.job.get(name); v < 0 || math.IsInf(v, 0) {
				t.Errorf("%s is %g", name, v)
			}
		}
	})
}

// source of bytes as a connection.
type canned struct {
	net.Conn
	io.Reader
}

func (c canned) Read(b []byte) (int, error) { return c.Reader.Read(b) }

func (c canned) Close() error { return nil }

func FuzzWire(f *testing.F) {
	var e encoder
	e.text("answer")
	f.Add(e.message(remoteProgram, 1, replyType, 1, 0))
	f.Add(append(e.message(remoteProgram, 318, eventType, 1, 0), e.message(remoteProgram, 1, replyType, 1, 0)...))
	f.Add([]byte("HTTP/1.1 400 Bad Request"))
	f.Add([]byte{0, 0, 0, 28})
	f.Fuzz(func(t *testing.T, said []byte) {
		events := 0
		w := newWire(canned{nil, bytes.NewReader(said)}, func(_ uint32, body []byte) { events += 1 + len(body) })
		read, err := io.ReadAll(w)
		if err != nil || w.err == nil || len(read)+events > len(said) {
			t.Errorf("%d bytes and events of %d, of %d: %v", len(read), events, len(said), w.err)
		}
	})
}

func FuzzDefinition(f *testing.F) {
	f.Add(`<domain type='kvm'><devices><hostdev type='pci'/></devices></domain>`)
	f.Add(`<domain><memoryBacking><hugepages><page size='2048'/></hugepages></memoryBacking></domain>`)
	f.Add(`<domain`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := parseDefinition(text)
		if err == nil && bytes.ContainsRune([]byte(d.unmovable()), '\n') {
			t.Errorf("%q", d.unmovable())
		}
	})
}
