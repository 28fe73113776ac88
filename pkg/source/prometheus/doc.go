// Package prometheus is a [source.Source] that asks a Prometheus, or what answers as one does: Thanos, Mimir,
// VictoriaMetrics.
//
// A [Mapping], read from a file, says what to ask: by which labels a VM is known, and for each feature a query, its
// unit and the series that it is made of. Those of KubeVirt, of the exporters of libvirt and of the node exporter are
// in configs/sources.
//
//	mapping, err := prometheus.LoadMapping(sources.Mappings, "kubevirt")
//	...
//	place, err := prometheus.Open("https://prometheus:9090", mapping, prometheus.Options{Token: token})
//
// # Queries
//
// Each feature is one instant query, whether of one VM or of all: $vm in it stands for the matchers that say which.
// Everything is asked as of one moment of the server's own clock, so that a clock that is wrong makes nothing stale.
//
// # What is unknown
//
// The answer to a query does not say how old the samples are that it was made of, so that their newest is asked for
// beside it. What is older than the mapping's limit, or has none, is unknown. So is what several series tell of one VM
// and tell differently, unless one of them is of the host that it runs on. Each is noted in a sentence.
//
// # Migrations
//
// A migration is known by the name that its place gives it. [Source.Watch] asks for those that are over, again and
// again, and tells each that it has not seen before. A Prometheus knows of a pause only what is exported: KubeVirt does
// not tell how long it was, and its outcomes have a total time alone.
package prometheus
