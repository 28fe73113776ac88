package host

import (
	"io/fs"
	"math"
	"strconv"
	"strings"
)

// physicalDisk reports whether the block device is a whole disk with hardware
// (or a hypervisor's virtual hardware) behind it. Only such a device has an
// entry of its own under /sys/block and a link to its driver's device there;
// partitions lack the first, loop, ram, dm, md and zram the second.
func physicalDisk(sys fs.FS, name string) bool {
	// The kernel writes the slash of names such as cciss/c0d0 as '!' in sysfs.
	return exists(sys, "block/"+strings.ReplaceAll(name, "/", "!")+"/device")
}

// physicalInterface reports whether the interface has a device behind it;
// loopback, bridges, bonds, taps, veth and tunnels have none.
func physicalInterface(sys fs.FS, name string) bool {
	return exists(sys, "class/net/"+name+"/device")
}

// up reports whether the interface can carry traffic. Drivers that never set
// an operational state say "unknown", which the kernel's documentation
// (networking/operstates) asks to treat as usable.
func up(sys fs.FS, name string) bool {
	state := read(sys, "class/net/"+name+"/operstate")
	return state == "up" || state == "unknown"
}

// speed returns the interface's line rate in Mbps. The kernel answers -1, an
// error, or 4294967295 on old versions, where the driver does not know.
func speed(sys fs.FS, name string) float64 {
	mbps, err := strconv.ParseInt(read(sys, "class/net/"+name+"/speed"), 10, 32)
	if err != nil || mbps <= 0 {
		return math.NaN()
	}
	return float64(mbps)
}

func exists(sys fs.FS, path string) bool {
	_, err := fs.Stat(sys, path)
	return err == nil
}

// read returns the trimmed text of a one-line file, "" if there is none.
func read(sys fs.FS, path string) string {
	text, err := fs.ReadFile(sys, path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
