package sweep

import (
	"errors"
	"fmt"
	"math"
	"time"

	"vmmp/pkg/lab"
	"vmmp/pkg/lab/link"
)

// Methods says how the plan's guests are moved, as shares of all moves. Its zero value is plain pre-copy over the
// shaped link.
type Methods struct {
	Postcopy float64 `yaml:"postcopy"` // half of them after the first round, half after some time
	Multifd  float64 `yaml:"multifd"`
	Zlib     float64 `yaml:"zlib"` // of those over multifd
	Zstd     float64 `yaml:"zstd"` // of those over multifd
	XBZRLE   float64 `yaml:"xbzrle"`
	TLS      float64 `yaml:"tls"`

	Loopback     float64 `yaml:"loopback"`      // over plain TCP in place of the shaped link
	LoopbackMbps float64 `yaml:"loopback_mbps"` // what one stream over it carries on the machine of the plan, left alone
	CapMbps      Range   `yaml:"cap_mbps"`      // max-bandwidth of the rounds over loopback
	Uncapped     float64 `yaml:"uncapped"`      // of those over loopback, without any
	TimeoutS     float64 `yaml:"timeout_s"`     // after which pre-copy is given up; 0: after its rounds
	RoundsS      float64 `yaml:"rounds_s"`      // that rounds may take together, about; 0: longRounds
}

func (s Methods) validate() error {
	faults := []error{
		share("postcopy, multifd and xbzrle", s.Postcopy+s.Multifd+s.XBZRLE), share("postcopy", s.Postcopy),
		share("multifd", s.Multifd), share("xbzrle", s.XBZRLE), share("zlib and zstd", s.Zlib+s.Zstd),
		share("zlib", s.Zlib), share("zstd", s.Zstd), share("tls", s.TLS), share("loopback", s.Loopback),
		share("uncapped", s.Uncapped),
	}
	if s.Loopback > 0 && !(s.CapMbps[0] > 0 && s.CapMbps[0] <= s.CapMbps[1] && s.CapMbps[1] < 1e7) {
		faults = append(faults, errors.New("cap_mbps must be two numbers above 0, the lower one first"))
	}
	if s.Loopback > 0 && !(s.LoopbackMbps > 0 && s.LoopbackMbps < 1e7) {
		faults = append(faults, fmt.Errorf("loopback_mbps is %g; give what iperf measures over 127.0.0.1", s.LoopbackMbps))
	}
	for name, v := range map[string]float64{"timeout_s": s.TimeoutS, "rounds_s": s.RoundsS} {
		if !(v >= 0 && v <= 1e6) {
			faults = append(faults, fmt.Errorf("%s is %g; give seconds, or 0", name, v))
		}
	}
	return errors.Join(faults...)
}

const (
	dimMethod = iota
	dimVariant
	dimChannels
	dimTLS
	dimLoopback
	dimUncapped
	methodDims
)

// channels are the numbers of multifd's channels that are drawn from.
var channels = []int{1, 2, 4, 8}

// What one stream carries at the least where it is compressed or encrypted: guests that would keep it busy for longer
// than a first pass may take are moved without.
const zlibMbps, tlsMbps = 250, 1500

// latestPostcopy bounds how long a move stays in pre-copy before it is switched to post-copy.
var latestPostcopy = Range{0.1, 2} // seconds

// move adds to m what is drawn at a point of the unit cube; slowest is the least Mbps that the first pass may have.
func (s Methods) move(m *lab.Move, slowest float64, u []float64) {
	switch v := u[dimMethod]; {
	case v < s.Postcopy:
		m.Method = lab.Postcopy
		if late := u[dimVariant]; late > 0.5 {
			m.PostcopyFrom = time.Duration(latestPostcopy.at(2*late-1) * float64(time.Second)).Round(time.Millisecond)
		}
	case v < s.Postcopy+s.Multifd:
		m.Channels = pick(channels, u[dimChannels])
		switch c := u[dimVariant]; {
		case c < s.Zlib && slowest < zlibMbps*float64(m.Channels):
			m.Compression = lab.Zlib
		case s.Zlib <= c && c < s.Zlib+s.Zstd:
			m.Compression = lab.Zstd
		}
	case v < s.Postcopy+s.Multifd+s.XBZRLE:
		m.XBZRLE = true
	}
	m.TLS = u[dimTLS] < s.TLS && slowest < tlsMbps
	m.Timeout = time.Duration(s.TimeoutS * float64(time.Second))
	if at := u[dimLoopback]; at < s.Loopback {
		m.Link, m.LoopbackMbps, m.CapMbps = link.Link{}, s.LoopbackMbps, 0
		if u[dimUncapped] >= s.Uncapped {
			caps := Range{min(s.CapMbps[1], max(s.CapMbps[0], slowest)), s.CapMbps[1]}
			m.CapMbps = math.Round(caps.at(at / s.Loopback))
		}
	} else if m.CapMbps > 0 && m.Timeout > 0 { // which the first pass alone must not exceed
		m.CapMbps = max(m.CapMbps, math.Round(min(slowest, m.Link.Mbps)))
	}
}
