//go:build integration

package prometheus

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
)

// recording is what exporters told for some time until a moment.
type recording struct {
	until, length time.Duration // before now; how long
	step          time.Duration
	families      map[string][]recorded
}

// recorded is one series: labels as OpenMetrics writes them, and its value after so much time.
type recorded struct {
	labels        string
	until, length time.Duration
	value         func(since time.Duration) float64
}

func newRecording(length, step time.Duration) *recording {
	return &recording{length: length, step: step, families: map[string][]recorded{}}
}

// gauge records a value that stays.
func (r *recording) gauge(metric, labels string, v float64) {
	r.add(metric, labels, func(time.Duration) float64 { return v })
}

// counter records a value that grows by so much a second.
func (r *recording) counter(metric, labels string, perSecond float64) {
	r.add(metric, labels, func(since time.Duration) float64 { return 1000 + perSecond*since.Seconds() })
}

func (r *recording) add(metric, labels string, value func(time.Duration) float64) {
	r.families[metric] = append(r.families[metric], recorded{labels, r.until, r.length, value})
}

// openMetrics returns the recording, its newest samples of 10 s ago at least.
func (r *recording) openMetrics() []byte {
	var b bytes.Buffer
	now := time.Now().Add(-10 * time.Second).Truncate(time.Second)
	names := make([]string, 0, len(r.families))
	for name := range r.families {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		family, isCounter := strings.CutSuffix(name, "_total")
		kind := map[bool]string{true: "counter", false: "gauge"}[isCounter]
		fmt.Fprintf(&b, "# TYPE %s %s\n", family, kind)
		for _, s := range r.families[name] {
			for since := time.Duration(0); since <= s.length; since += r.step {
				at := now.Add(-s.until - s.length + since)
				fmt.Fprintf(&b, "%s{%s} %g %d\n", name, s.labels, s.value(since), at.Unix())
			}
		}
	}
	b.WriteString("# EOF\n")
	return b.Bytes()
}

// kubeVirt records a VM as virt-handler and virt-controller tell of it: 2 vCPUs, of which half of one is in use, 4 GiB
// of memory, a quarter of which could be reclaimed, and 3 MB/s to and from its disk.
func (r *recording) kubeVirt(namespace, name, node string) {
	l := fmt.Sprintf(`namespace=%q,name=%q,node=%q`, namespace, name, node)
	told := l + `,kubernetes_vmi_label_app="shop"`
	r.gauge("kubevirt_vmi_info", l+`,phase="running",os="linux",evictable="true",outdated="false",vmi_pod="virt-launcher-x"`, 1)
	r.counter("kubevirt_vmi_cpu_usage_seconds_total", told, 0.5)
	r.counter("kubevirt_vmi_vcpu_seconds_total", told+`,id="0",state="running"`, 0.4)
	r.counter("kubevirt_vmi_vcpu_seconds_total", told+`,id="1",state="blocked"`, 0.1)
	r.gauge("kubevirt_vmi_memory_usable_bytes", told, 1<<30)
	r.gauge("kubevirt_vmi_memory_actual_balloon_bytes", told, 4<<30)
	r.gauge("kubevirt_vmi_memory_domain_bytes", told, 4<<30)
	r.gauge("kubevirt_vmi_memory_resident_bytes", told, 3<<30)
	r.counter("kubevirt_vmi_storage_read_traffic_bytes_total", told+`,drive="vda"`, 1e6)
	r.counter("kubevirt_vmi_storage_write_traffic_bytes_total", told+`,drive="vda"`, 1.5e6)
	r.counter("kubevirt_vmi_storage_write_traffic_bytes_total", told+`,drive="vdb"`, 0.5e6)
	r.gauge("kubevirt_vmi_dirty_rate_bytes_per_second", told, 42<<20)
	r.gauge("kubevirt_vmi_non_evictable", l, 0)
}

// node records the interfaces of a node: one of 25 Gbps, and those that do not count.
func (r *recording) node(instance string) {
	r.gauge("node_network_speed_bytes", fmt.Sprintf(`instance=%q,device="eth0"`, instance), 1.25e8)
	r.gauge("node_network_speed_bytes", fmt.Sprintf(`instance=%q,device="ens1f0"`, instance), 3.125e9)
	r.gauge("node_network_speed_bytes", fmt.Sprintf(`instance=%q,device="veth12"`, instance), 1.25e10)
	r.gauge("node_network_speed_bytes", fmt.Sprintf(`instance=%q,device="ens2"`, instance), -125000)
}
