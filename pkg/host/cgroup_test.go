package host

import (
	"math"
	"testing"
)

const mountV2 = "30 23 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"

func TestMemoryLeftInControlGroups(t *testing.T) {
	const mountV1 = "40 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n" +
		"41 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
	const pod, slice = "sys/fs/cgroup/slice/pod/", "sys/fs/cgroup/slice/"
	for name, c := range map[string]struct {
		files []string
		want  []uint64 // what each group leaves, the innermost first
	}{
		"no control groups": {nil, nil},
		"version 2": {[]string{
			"proc/self/cgroup", "0::/slice/pod\n", "proc/self/mountinfo", mountV2,
			pod + "memory.max", "1000\n", pod + "memory.current", "700\n", pod + "memory.stat", "anon 600\ninactive_file 50\n",
			slice + "memory.max", "max\n", slice + "memory.current", "900\n",
		}, []uint64{350, math.MaxUint64, math.MaxUint64}},
		"the group above is the tighter": {[]string{
			"proc/self/cgroup", "0::/slice/pod\n", "proc/self/mountinfo", mountV2,
			pod + "memory.max", "1000\n", pod + "memory.current", "100\n",
			slice + "memory.max", "400\n", slice + "memory.current", "300\n",
		}, []uint64{900, 100, math.MaxUint64}},
		"version 1 beside an empty version 2": {[]string{
			"proc/self/cgroup", "9:name=systemd:/\n4:cpu,memory:/box\n1:cpu:/\n0::/\n", "proc/self/mountinfo", mountV1,
			"sys/fs/cgroup/memory/box/memory.limit_in_bytes", "5000", "sys/fs/cgroup/memory/box/memory.usage_in_bytes", "4000",
			"sys/fs/cgroup/memory/box/memory.stat", "inactive_file 1\ntotal_inactive_file 500\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712", "sys/fs/cgroup/memory/memory.usage_in_bytes", "1",
		}, []uint64{1500, 9223372036854771711}},
		"a container whose group is the mount": {[]string{
			"proc/self/cgroup", "4:memory:/docker/abc\n",
			"proc/self/mountinfo", "41 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes", "5000", "sys/fs/cgroup/memory/memory.usage_in_bytes", "4500",
		}, []uint64{500}},
		"a group outside of what is shown": {[]string{
			"proc/self/cgroup", "0::/../other\n", "proc/self/mountinfo", mountV2,
			"sys/fs/cgroup/memory.max", "10", "sys/fs/cgroup/memory.current", "4",
		}, []uint64{6}},
		"more used than allowed": {[]string{
			"proc/self/cgroup", "0::/\n", "proc/self/mountinfo", mountV2,
			"sys/fs/cgroup/memory.max", "10", "sys/fs/cgroup/memory.current", "40",
		}, []uint64{0}},
		"broken files": {[]string{
			"proc/self/cgroup", "nonsense\n0\n", "proc/self/mountinfo", "1 2 3 - cgroup2\n",
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			groups := memoryGroups(sysfs(c.files...))
			if len(groups) != len(c.want) {
				t.Fatalf("%d groups, want %d: %v", len(groups), len(c.want), groups)
			}
			for i, g := range groups {
				if got := g.left(); got != c.want[i] {
					t.Errorf("%s leaves %d, want %d", g.name(), got, c.want[i])
				}
			}
		})
	}
}
