package libvirt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	golibvirt "github.com/digitalocean/go-libvirt"

	"vmmp/pkg/source"
)

// The procedures that a fake answers, by libvirt's numbers for them.
const (
	procOpen       = 1
	procVersion    = 4
	procXML        = 14
	procHostname   = 59
	procAuthList   = 66
	procPolkit     = 70
	procLibVersion = 157
	procSpeed      = 242
	procMetadata   = 265
	procJob        = 298
	procRegister   = 316
	procStats      = 344
	procDowntime   = 387
	procDirtyRate  = 427

	qemuProgram = 0x20008087
	procMonitor = 1 << 16 // qemuProgram's first, told apart from the others'
)

// A fake is a libvirt that speaks the protocol over real connections and tells what a test has it tell.
type fake struct {
	listener net.Listener
	closed   chan struct{}

	mu       sync.Mutex
	domains  []*fakeDomain
	conns    []net.Conn
	auth     []uint32                   // ways to authenticate that it offers; none: it asks for nothing
	refusals map[uint32]golibvirt.Error // instead of an answer
	stuck    map[uint32]bool            // takes the call, and does not answer
	cut      map[uint32]bool            // closes the connection in the middle of the answer
	calls    map[uint32]int
	before   func(proc uint32, n int) // called with each call, the lock held
	measured int                      // measurements under way
	most     int                      // most at once
	modes    []uint32                 // that dirty rates were asked for in
	commands []string                 // that the monitor was given
}

// A fakeDomain is a domain of a fake.
type fakeDomain struct {
	name  string
	id    int32
	stats map[string]any // of balloon and vcpu and so on; counters grow by growth with each call
	grow  map[string]uint64
	xml   string
	title string
	speed uint64 // MiB/s

	jobType int32
	job     map[string]any
	dirty   uint64 // MiB/s
	until   time.Time
	count   uint64 // of measurements
}

// uuid returns that of a domain: its name, in hexadecimal.
func (d *fakeDomain) uuid() (id golibvirt.UUID) {
	copy(id[:], d.name)
	return id
}

// vm returns the domain as a source lists it.
func (d *fakeDomain) vm() source.VM {
	return source.VM{ID: formatUUID(d.uuid()), Name: d.name, State: source.Running}
}

// newFake starts a fake of these domains.
func newFake(t *testing.T, domains ...*fakeDomain) *fake {
	t.Helper()
	return newFakeAt(t, filepath.Join(t.TempDir(), "libvirt-sock"), domains...)
}

func newFakeAt(t *testing.T, path string, domains ...*fakeDomain) *fake {
	t.Helper()
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	return serveFake(t, listener, domains...)
}

func serveFake(t *testing.T, listener net.Listener, domains ...*fakeDomain) *fake {
	t.Helper()
	f := &fake{listener: listener, domains: domains, closed: make(chan struct{}), calls: map[uint32]int{},
		refusals: map[uint32]golibvirt.Error{}, stuck: map[uint32]bool{}, cut: map[uint32]bool{}}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			f.mu.Lock()
			f.conns = append(f.conns, conn)
			f.mu.Unlock()
			all.Go(func() { f.serve(conn) })
		}
	})
	t.Cleanup(func() {
		close(f.closed)
		_ = listener.Close()
		f.drop()
		all.Wait()
	})
	return f
}

// drop closes all connections.
func (f *fake) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, conn := range f.conns {
		_ = conn.Close()
	}
	f.conns = nil
}

// do changes the fake while it may be asked.
func (f *fake) do(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// uri returns where it is.
func (f *fake) uri() string { return "qemu+unix:///system?socket=" + f.listener.Addr().String() }

// quickPace is for what never waits for real.
var quickPace = pace{
	detail: 300 * time.Millisecond, follow: 20 * time.Millisecond, completion: 200 * time.Millisecond,
	pulse: 50 * time.Millisecond, answer: 300 * time.Millisecond,
}

// open opens the fake as a source.
func (f *fake) open(t *testing.T) source.Source {
	t.Helper()
	p, err := parsePlace(f.uri())
	if err != nil {
		t.Fatal(err)
	}
	p.pace = quickPace
	s := newSource(p)
	t.Cleanup(func() { _ = s.Close() })
	if _, err := s.client(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// serve answers the calls of a connection.
func (f *fake) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	for {
		var header [7]uint32 // the length, and then as libvirt's header
		if err := binary.Read(conn, binary.BigEndian, &header); err != nil {
			return
		}
		body := make([]byte, header[0]-headerBytes)
		if _, err := io.ReadFull(conn, body); err != nil {
			return
		}
		proc := header[3]
		if header[1] == qemuProgram {
			proc += procMonitor - 1
		}
		go func() {
			if message, ok := f.reply(header, proc, body); ok {
				f.mu.Lock()
				defer f.mu.Unlock()
				if f.cut[proc] {
					_, _ = conn.Write(message[:len(message)-3])
					_ = conn.Close()
					return
				}
				_, _ = conn.Write(message)
			}
		}()
	}
}

// reply returns the message that answers a call; ok is false where none does.
func (f *fake) reply(header [7]uint32, proc uint32, body []byte) (message []byte, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[proc]++
	if f.before != nil {
		f.before(proc, f.calls[proc])
	}
	if f.stuck[proc] {
		return nil, false
	}
	var e encoder
	status := uint32(0)
	var err *golibvirt.Error
	if refusal, refused := f.refusals[proc]; refused {
		err = &refusal
	} else {
		err = f.answer(&e, proc, &decoder{rest: body})
	}
	if err != nil {
		status = 1
		e = encoder{}
		e.words(err.Code, 0, 1)
		e.text(err.Message)
		e.words(2)
	}
	return e.message(header[1], header[3], replyType, header[5], status), true
}

var errNoDomain = &golibvirt.Error{Code: uint32(golibvirt.ErrNoDomain), Message: "Domain not found"}

// answer writes what answers a procedure.
func (f *fake) answer(e *encoder, proc uint32, call *decoder) *golibvirt.Error {
	switch proc {
	case procAuthList:
		e.words(uint32(max(1, len(f.auth))))
		e.words(append(f.auth, make([]uint32, max(0, 1-len(f.auth)))...)...)
	case procOpen, procPolkit:
	case procHostname:
		e.text("alpha")
	case procVersion:
		e.long(10002003)
	case procLibVersion:
		e.long(9000000)
	case procRegister:
		e.words(call.word())
	case procStats:
		f.stats(e, call)
	default:
		return f.ofDomain(e, proc, call)
	}
	return nil
}

// ofDomain answers what is asked of one domain.
func (f *fake) ofDomain(e *encoder, proc uint32, call *decoder) *golibvirt.Error {
	asked := call.domain()
	i := slices.IndexFunc(f.domains, func(d *fakeDomain) bool { return d.uuid() == asked.UUID })
	if i < 0 {
		return errNoDomain
	}
	d := f.domains[i]
	switch proc {
	case procXML:
		e.text(d.xml)
	case procDowntime:
		e.long(300)
	case procSpeed:
		e.long(d.speed)
	case procMetadata:
		if d.title == "" {
			return &golibvirt.Error{Code: uint32(golibvirt.ErrNoDomainMetadata), Message: "no title"}
		}
		e.text(d.title)
	case procJob:
		e.words(uint32(d.jobType))
		e.params(d.job)
	case procDirtyRate:
		seconds := call.word()
		f.modes = append(f.modes, call.word())
		f.measure(d, time.Duration(seconds)*time.Second)
	case procMonitor:
		e.text(f.monitor(d, call.text()))
	default:
		return &golibvirt.Error{Code: uint32(golibvirt.ErrNoSupport), Message: fmt.Sprintf("no procedure %d", proc)}
	}
	return nil
}

// measure begins a measurement.
func (f *fake) measure(d *fakeDomain, window time.Duration) {
	d.until = time.Now().Add(window)
	d.count++
	f.measured++
	f.most = max(f.most, f.measured)
	time.AfterFunc(window, func() { f.do(func() { f.measured-- }) })
}

// monitor answers as QEMU does.
func (f *fake) monitor(d *fakeDomain, command string) string {
	f.commands = append(f.commands, command)
	if strings.Contains(command, "query-dirty-rate") {
		if time.Now().Before(d.until) {
			return `{"return": {"status": "measuring"}, "id": "libvirt-1"}`
		}
		return fmt.Sprintf(`{"return": {"status": "measured", "dirty-rate": %d}, "id": "libvirt-1"}`, d.dirty)
	}
	var ms int
	if _, err := fmt.Sscanf(command, `{"execute": "calc-dirty-rate", "arguments": {"calc-time": %d,`, &ms); err != nil {
		return `{"error": {"class": "GenericError", "desc": "not understood"}}`
	}
	f.measure(d, time.Duration(ms)*time.Millisecond)
	return `{"return": {}, "id": "libvirt-1"}`
}

// stats answers what all or some domains' statistics are.
func (f *fake) stats(e *encoder, call *decoder) {
	var wanted []golibvirt.UUID
	for n := call.word(); n > 0; n-- {
		wanted = append(wanted, call.domain().UUID)
	}
	groups := call.word()
	var found []*fakeDomain
	for _, d := range f.domains {
		if len(wanted) == 0 || slices.Contains(wanted, d.uuid()) {
			found = append(found, d)
		}
	}
	e.words(uint32(len(found)))
	for _, d := range found {
		e.domain(d)
		stats := maps.Clone(d.stats)
		if groups&uint32(golibvirt.DomainStatsCPUTotal) != 0 {
			for name, by := range d.grow {
				d.stats[name] = d.stats[name].(uint64) + by
			}
		}
		if groups&uint32(golibvirt.DomainStatsDirtyrate) != 0 && d.count > 0 {
			status := golibvirt.DomainDirtyrateMeasured
			if time.Now().Before(d.until) {
				status = golibvirt.DomainDirtyrateMeasuring
			}
			stats["dirtyrate.calc_status"] = int32(status)
			stats["dirtyrate.calc_start_time"] = int64(1700000000 + d.count)
			stats["dirtyrate.megabytes_per_second"] = int64(d.dirty)
		}
		e.params(stats)
	}
}

// tell sends an event to every connection.
func (f *fake) tell(procedure uint32, d *fakeDomain, body func(*encoder)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var e encoder
	e.words(0)
	e.domain(d)
	body(&e)
	message := e.message(remoteProgram, procedure, eventType, 0, 0)
	for _, conn := range f.conns {
		_, _ = conn.Write(message)
	}
}

// An encoder writes XDR.
type encoder struct{ bytes.Buffer }

func (e *encoder) words(words ...uint32) {
	for _, w := range words {
		_ = binary.Write(e, binary.BigEndian, w) // to memory
	}
}

func (e *encoder) long(v uint64) { e.words(uint32(v>>32), uint32(v)) }

func (e *encoder) text(s string) {
	e.words(uint32(len(s)))
	e.WriteString(s)
	e.Write(make([]byte, (4-len(s)%4)%4))
}

func (e *encoder) domain(d *fakeDomain) {
	e.text(d.name)
	id := d.uuid()
	e.Write(id[:])
	e.words(uint32(d.id))
}

func (e *encoder) params(p map[string]any) {
	e.words(uint32(len(p)))
	for _, name := range slices.Sorted(maps.Keys(p)) {
		e.text(name)
		switch v := p[name].(type) {
		case int32:
			e.words(1, uint32(v))
		case uint32:
			e.words(2, v)
		case int64:
			e.words(3)
			e.long(uint64(v))
		case uint64:
			e.words(4)
			e.long(v)
		case float64:
			e.words(5)
			e.long(math.Float64bits(v))
		case bool:
			e.words(6, 1)
		case string:
			e.words(7)
			e.text(v)
		default:
			panic(fmt.Sprintf("libvirt: no parameter is a %T", v))
		}
	}
}

// message returns what was written as the body of a message.
func (e *encoder) message(program, procedure, kind, serial, status uint32) []byte {
	var m encoder
	m.words(uint32(headerBytes+e.Len()), program, 1, procedure, kind, serial, status)
	m.Write(e.Bytes())
	return m.Bytes()
}
