package host

import (
	"bytes"
	"io/fs"
	"math"
	"path"
	"strconv"
	"strings"
)

// A memoryGroup is a control group that this process is in. The two hierarchies of
// Linux differ only in the names of their files.
type memoryGroup struct {
	fsys                  fs.FS
	folder                string // of the group, within the file system
	limit, usage, reclaim string
}

// memoryGroups returns the control groups whose memory limits this process is under,
// its own and those above it. root is that of the whole file system.
func memoryGroups(root fs.FS) []memoryGroup {
	var groups []memoryGroup
	for line := range strings.SplitSeq(read(root, "proc/self/cgroup"), "\n") {
		_, rest, _ := strings.Cut(line, ":")
		controllers, within, ok := strings.Cut(rest, ":")
		g := memoryGroup{fsys: root}
		var kind string
		switch {
		case !ok:
			continue
		case controllers == "":
			kind, g.limit, g.usage, g.reclaim = "cgroup2", "memory.max", "memory.current", "inactive_file"
		case listed(controllers, "memory"):
			kind, g.limit, g.usage, g.reclaim = "cgroup", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
		default:
			continue
		}
		if top, at, ok := groupMount(root, kind); ok {
			groups = append(groups, g.upTo(at, relative(within, top))...)
		}
	}
	return groups
}

// groupMount finds in proc/self/mountinfo (proc(5)) where a hierarchy with the
// memory controller is mounted, and which of its groups is at the top there.
func groupMount(root fs.FS, kind string) (top, at string, ok bool) {
	const topField, atField = 3, 4
	for line := range strings.SplitSeq(read(root, "proc/self/mountinfo"), "\n") {
		mount, source, found := strings.Cut(line, " - ")
		fields, sources := strings.Fields(mount), strings.Fields(source)
		if !found || len(fields) <= atField || len(sources) < 3 || sources[0] != kind {
			continue
		}
		if kind == "cgroup2" || listed(sources[2], "memory") {
			return fields[topField], strings.TrimPrefix(fields[atField], "/"), true
		}
	}
	return "", "", false
}

// relative returns the part of a group's path that lies below the top of the mount.
// Within a container the two may have nothing in common: the mount is the group then.
func relative(within, top string) string {
	below, ok := strings.CutPrefix(within, strings.TrimSuffix(top, "/"))
	if !ok || strings.Contains(below, "..") {
		return ""
	}
	return strings.Trim(below, "/")
}

// upTo returns the group below a mount and all those above it that the mount shows.
func (g memoryGroup) upTo(mount, below string) []memoryGroup {
	var groups []memoryGroup
	for {
		g.folder = path.Join(mount, below)
		groups = append(groups, g)
		if below == "" || below == "." {
			return groups
		}
		below = path.Dir(below)
	}
}

// left returns the memory that the group may still take, page cache that is dropped
// first not counted as taken; the most there is where it has no limit.
func (g memoryGroup) left() uint64 {
	limit, err := strconv.ParseUint(read(g.fsys, g.folder+"/"+g.limit), 10, 64)
	usage, failed := strconv.ParseUint(read(g.fsys, g.folder+"/"+g.usage), 10, 64)
	if err != nil || failed != nil {
		return math.MaxUint64
	}
	used := usage - min(usage, g.reclaimable())
	return limit - min(limit, used)
}

// reclaimable returns the group's page cache that was not used for long.
func (g memoryGroup) reclaimable() uint64 {
	stat, err := fs.ReadFile(g.fsys, g.folder+"/memory.stat")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(stat) {
		if name, value, _ := strings.Cut(strings.TrimSpace(string(line)), " "); name == g.reclaim {
			n, _ := strconv.ParseUint(value, 10, 64) // 0 where it is no number
			return n
		}
	}
	return 0
}

func (g memoryGroup) name() string { return "/" + g.folder }

// listed reports whether name is one of names, which commas separate.
func listed(names, name string) bool {
	return strings.Contains(","+names+",", ","+name+",")
}
