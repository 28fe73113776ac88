package link

import (
	"fmt"
	"io"
	"testing"
	"time"
)

// BenchmarkLink sends 1 MiB per iteration; MB/s is the throughput. The 4000 Mbps that are set leave 471 MB/s to the
// payload.
func BenchmarkLink(b *testing.B) {
	for _, l := range []Link{{}, {Latency: time.Millisecond}, {Mbps: 4000}, {Mbps: 4000, Latency: time.Millisecond}} {
		b.Run(fmt.Sprintf("%gMbps/%v", l.Mbps, l.Latency), func(b *testing.B) {
			source, destination := newPlace(b, l).connect(b)
			data := make([]byte, 1<<20)
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				_, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{destination}, make([]byte, 1<<20))
			}()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := source.Write(data); err != nil {
					b.Fatal(err)
				}
			}
			_ = source.CloseWrite()
			<-ended
		})
	}
}
