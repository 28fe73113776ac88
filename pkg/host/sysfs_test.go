package host

import (
	"math"
	"testing"
	"testing/fstest"
)

// sysfs builds a file system from path, text pairs.
func sysfs(pairs ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return fsys
}

// nic describes one interface as sysfs does.
func nic(name, operstate, speed string, physical bool) []string {
	dir := "class/net/" + name + "/"
	files := []string{dir + "operstate", operstate + "\n", dir + "speed", speed + "\n"}
	if physical {
		files = append(files, dir+"device/vendor", "0x1af4\n")
	}
	return files
}

func TestPhysicalDisk(t *testing.T) {
	sys := sysfs(
		"block/sda/device/model", "disk",
		"block/sda/sda1/size", "1",
		"block/nvme0n1/device/model", "disk",
		"block/cciss!c0d0/device/model", "disk",
		"block/loop0/size", "0",
		"block/dm-0/size", "1",
	)
	for name, want := range map[string]bool{
		"sda": true, "nvme0n1": true, "cciss/c0d0": true,
		"sda1": false, "loop0": false, "dm-0": false, "gone": false,
	} {
		if got := physicalDisk(sys, name); got != want {
			t.Errorf("physicalDisk(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestLineRate(t *testing.T) {
	lo := nic("lo", "unknown", "", false)
	for _, c := range []struct {
		name string
		nics [][]string
		want float64
	}{
		{"one", [][]string{lo, nic("eth0", "up", "1000", true)}, 1000},
		{"fastest", [][]string{
			nic("eth0", "up", "1000", true), nic("eth1", "up", "25000", true), nic("eth2", "up", "100", true),
		}, 25000},
		{"down does not count", [][]string{
			nic("eth0", "up", "1000", true), nic("eth1", "down", "25000", true),
		}, 1000},
		{"state never set", [][]string{nic("eth0", "unknown", "1000", true)}, 1000},
		{"virtual does not count", [][]string{
			nic("eth0", "up", "1000", true), nic("tap0", "up", "10000", false),
		}, 1000},
		{"unknown beside known", [][]string{
			nic("eth0", "up", "-1", true), nic("eth1", "up", "1000", true), nic("eth2", "up", "-1", true),
		}, 1000},
		{"minus one is unknown", [][]string{nic("eth0", "up", "-1", true)}, nan},
		{"old kernels' minus one", [][]string{nic("eth0", "up", "4294967295", true)}, nan},
		{"zero is unknown", [][]string{nic("eth0", "up", "0", true)}, nan},
		{"not a number", [][]string{nic("eth0", "up", "fast", true)}, nan},
		{"loopback only", [][]string{lo}, nan},
		{"no sysfs", nil, nan},
	} {
		t.Run(c.name, func(t *testing.T) {
			var files []string
			for _, n := range c.nics {
				files = append(files, n...)
			}
			if got := lineRate(sysfs(files...)); !same(got, c.want) {
				t.Errorf("lineRate = %v, want %v", got, c.want)
			}
		})
	}
}

func TestSpeedWithoutFile(t *testing.T) {
	if got := speed(sysfs("class/net/eth0/operstate", "up"), "eth0"); !math.IsNaN(got) {
		t.Errorf("speed = %v, want NaN", got)
	}
}
