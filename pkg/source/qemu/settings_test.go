package qemu

import (
	"testing"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/qmp/query"
	"vmmp/pkg/source"
	"vmmp/pkg/source/sourcetest"
)

// FuzzSettings makes features of any parameters: what is told is possible, and has an origin.
func FuzzSettings(f *testing.F) {
	f.Add(int64(300), uint64(query.DefaultMaxBandwidth), 2, "none", "", "normal", false, false)
	f.Add(int64(-1), uint64(1<<63), -7, "quux", "t", "cpr-exec", true, true)
	f.Fuzz(func(t *testing.T, limit int64, bandwidth uint64, channels int, compression, tls, mode string, multifd, postcopy bool) {
		p := query.Parameters{DowntimeLimit: limit, MaxBandwidth: bandwidth, MultifdChannels: channels,
			MultifdCompression: compression, TLSCredentials: tls, Mode: mode}
		o := source.Observed(source.VM{ID: "1", Name: "web"}, time.Unix(1, 0))
		for _, s := range settings(p, map[string]bool{"multifd": multifd, "postcopy-ram": postcopy}) {
			o.Tell(s.feature, s.value, s.from, o.At)
		}
		sourcetest.Check(t, o)
		if v := o.Features.Get(migration.BandwidthCap); v > float64(bandwidth)*8/1e6+1 {
			t.Errorf("a cap of %d bytes/s is %v Mbps", bandwidth, v)
		}
	})
}
