package apiload

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
)

// Request is one that is sent over and over.
type Request struct {
	Share   Share
	Name    string // what is special about it
	Path    string // empty: that of predictions, whose 200 must hold one
	Media   string // Content-Type; empty: JSON
	Body    string
	Accepts []int // statuses that are right for it, the expected one first; empty: 200
}

// request is a Request that is addressed.
type request struct {
	*Request
	text []byte // as it goes over the wire
}

var errUnsent = errors.New("no connection was free before the run ended")

// Requests are made in blocks in which the mix holds exactly.
const (
	block  = 100
	blocks = 8
)

// prepare makes the requests of a run, in an order that the seed decides.
func prepare(o *Options) []*request {
	drafts := o.Requests
	if len(drafts) == 0 {
		drafts = mixed(o.Mix, rand.New(rand.NewPCG(o.Seed, 0)))
	}
	all := make([]*request, len(drafts))
	for i := range drafts {
		all[i] = drafts[i].address(&o.Target)
	}
	return all
}

// mixed draws requests of the mix.
func mixed(m Mix, random *rand.Rand) []Request {
	drawn := [shares]func(int) Request{
		Valid:      func(int) Request { return drawValid(random) },
		Borderline: inTurn(borderline()),
		Invalid:    inTurn(invalid()),
	}
	var made [shares]int
	all := make([]Request, 0, block*blocks)
	for range blocks {
		for s, n := range m {
			for range n {
				r := drawn[s](made[s])
				r.Share = Share(s)
				all = append(all, r)
				made[s]++
			}
		}
		part := all[len(all)-block:]
		random.Shuffle(block, func(i, j int) { part[i], part[j] = part[j], part[i] })
	}
	return all
}

// inTurn hands out requests, beginning anew at their end.
func inTurn(all []Request) func(int) Request {
	return func(i int) Request { return all[i%len(all)] }
}

const (
	predictPath = "/predict"
	mediaJSON   = "application/json"
)

// address makes of r what is sent to t.
func (r Request) address(t *Target) *request {
	r.Path = cmp.Or(r.Path, predictPath)
	r.Media = cmp.Or(r.Media, mediaJSON)
	if r.Accepts == nil {
		r.Accepts = []int{http.StatusOK}
	}
	text := fmt.Appendf(nil, "POST %s%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: vmmp-stress\r\nContent-Type: %s\r\nContent-Length: %d\r\n",
		t.prefix, r.Path, t.host, r.Media, len(r.Body))
	if t.authorization != "" {
		text = fmt.Appendf(text, "Authorization: %s\r\n", t.authorization)
	}
	text = append(text, "\r\n"...)
	return &request{&r, append(text, r.Body...)}
}
