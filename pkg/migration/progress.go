package migration

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
)

// Sample holds what a hypervisor tells of a migration at one moment while it runs.
type Sample struct {
	Seconds            float64 // since the migration was asked for
	RemainingMiB       float64 // what is believed to be still to send, zero pages included
	TransferredMiB     float64 // bytes on the wire so far
	DirtyRate          float64 // MiB/s, as of the last sync of the dirty bitmap
	Rounds             int     // begun, which is the number of syncs
	Mbps               float64 // throughput, by the hypervisor's own estimate
	ExpectedDowntimeMS float64 // by the hypervisor's own estimate
	Throttle           float64 // share of the guest's time taken away, 0 to 1
	ZeroMiB            float64 // pages found to hold zeros only, which are not sent
}

// Trace holds the samples of one migration, by its id.
type Trace struct {
	ID      string   `json:"id"`
	Samples []Sample `json:"samples"`
}

// MarshalJSON returns the sample as an array of numbers, in the order of the fields and with three decimals at most.
func (s Sample) MarshalJSON() ([]byte, error) {
	return json.Marshal([sampleNumbers]float64{milli(s.Seconds), milli(s.RemainingMiB), milli(s.TransferredMiB),
		milli(s.DirtyRate), float64(s.Rounds), milli(s.Mbps), s.ExpectedDowntimeMS, s.Throttle, milli(s.ZeroMiB)})
}

// milli keeps three decimals.
func milli(v float64) float64 { return float64(int64(v*1000+0.5)) / 1000 }

// UnmarshalJSON reads what MarshalJSON writes. It returns an error if there are more or fewer numbers.
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

// WriteTrace writes a trace as one line of JSON in a gzip member of its own, so that a file of traces can be appended
// to, and one cut short loses its end only.
func WriteTrace(w io.Writer, t Trace) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(z).Encode(t); err != nil {
		return fmt.Errorf("write trace %s: %w", t.ID, err)
	}
	return z.Close()
}

// ReadTraces yields the traces that WriteTrace wrote, one after the other. An error, which says which trace it is in,
// ends the sequence.
func ReadTraces(r io.Reader) iter.Seq2[Trace, error] {
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
			var t Trace
			err := lines.Decode(&t)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Trace{}, fmt.Errorf("read trace %d: %w", n, err))
				return
			}
			if !yield(t, nil) {
				return
			}
		}
	}
}
