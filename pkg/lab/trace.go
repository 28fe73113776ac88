package lab

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
)

// Sample is what QEMU told of a migration while it ran.
type Sample struct {
	Seconds      float64 // since the migration was asked for
	RemainingMiB float64 // what QEMU believes is still to be sent, zero pages included
	SentMiB      float64 // bytes on the wire so far
	DirtyMiBs    float64 // dirtied per second, as of the last sync
	Syncs        int     // of the dirty bitmap: the number of the round
	Mbps         float64 // throughput, by QEMU's own estimate
	ExpectedMS   float64 // the pause that QEMU expects
	Throttle     float64 // share of the guest's time taken away, 0 to 1
	ZeroMiB      float64 // pages found to hold zeros only, which are not sent
}

// Trace is the samples of one migration, by the id of its row.
type Trace struct {
	ID      string
	Samples []Sample
}

// MarshalJSON writes a sample as a row of numbers, in the order of the fields.
func (s Sample) MarshalJSON() ([]byte, error) {
	return json.Marshal([]float64{milli(s.Seconds), milli(s.RemainingMiB), milli(s.SentMiB), milli(s.DirtyMiBs),
		float64(s.Syncs), milli(s.Mbps), s.ExpectedMS, s.Throttle, milli(s.ZeroMiB)})
}

// milli keeps three decimals.
func milli(v float64) float64 { return float64(int64(v*1000+0.5)) / 1000 }

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Sample) UnmarshalJSON(text []byte) error {
	var v []float64
	if err := json.Unmarshal(text, &v); err != nil {
		return err
	}
	if len(v) != sampleNumbers {
		return fmt.Errorf("a sample has %d numbers, not %d", sampleNumbers, len(v))
	}
	*s = Sample{v[0], v[1], v[2], v[3], int(v[4]), v[5], v[6], v[7], v[8]}
	return nil
}

const sampleNumbers = 9

// traceLine is a trace as one line of a file.
type traceLine struct {
	ID      string   `json:"id"`
	Samples []Sample `json:"samples"`
}

// AppendTrace writes a trace as one line of JSON in a gzip member of its own, so
// that a file of traces can be appended to, and one cut short loses its end only.
func AppendTrace(w io.Writer, t Trace) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(z).Encode(traceLine(t)); err != nil {
		return fmt.Errorf("write trace %s: %w", t.ID, err)
	}
	return z.Close()
}

// Traces reads what AppendTrace wrote, one after the other. An error, which says
// which trace it is in, ends the sequence.
func Traces(r io.Reader) iter.Seq2[Trace, error] {
	return func(yield func(Trace, error) bool) {
		z, err := gzip.NewReader(r)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			yield(Trace{}, fmt.Errorf("read traces: %w", err))
			return
		}
		lines := json.NewDecoder(bufio.NewReader(z))
		for n := 1; ; n++ {
			var line traceLine
			err := lines.Decode(&line)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Trace{}, fmt.Errorf("read trace %d: %w", n, err))
				return
			}
			if !yield(Trace(line), nil) {
				return
			}
		}
	}
}

// sampleEvery is the time between two samples.
const sampleEvery = 100 * time.Millisecond

// sample makes one of what QEMU tells.
func (m *migrationInfo) sample(since time.Time) Sample {
	const mib = 1 << 20
	return Sample{
		Seconds:      time.Since(since).Seconds(),
		RemainingMiB: float64(m.RAM.Remaining) / mib,
		SentMiB:      float64(m.RAM.Transferred) / mib,
		DirtyMiBs:    float64(m.RAM.DirtyPagesRate) * float64(m.RAM.PageSize) / mib,
		Syncs:        int(m.RAM.DirtySyncCount),
		Mbps:         m.RAM.Mbps,
		ExpectedMS:   float64(m.ExpectedDowntime),
		Throttle:     float64(m.CPUThrottlePercentage) / 100,
		ZeroMiB:      float64(m.RAM.Duplicate) * float64(m.RAM.PageSize) / mib,
	}
}
