package metrics

import "github.com/prometheus/client_golang/prometheus"

// A Build is the program that is running.
type Build struct {
	Version   string
	Revision  string // of the source, empty where it is unknown
	GoVersion string
}

func buildInfo(b Build) prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: NameBuildInfo,
		Help: "1, labelled by the version, the revision and the Go version of the running program.",
		ConstLabels: prometheus.Labels{
			"version": b.Version, "revision": b.Revision, "goversion": b.GoVersion,
		},
	})
	g.Set(1)
	return g
}
