package migration

import (
	"fmt"
	"math"
	"strings"
)

// A Feature is one thing that may be known of a virtual machine before its migration. It is an index into Definitions.
type Feature int

// The features, in the order in which they are listed everywhere.
const (
	CPULoad Feature = iota
	MemoryUsage
	DiskIO
	NetworkBandwidth
	BandwidthCap
	MemoryMiB
	ResidentMiB
	VCPUs
	DirtyRate
	WorkingSetMiB
	DirtyCurve
	DowntimeLimitMS
	TimeoutS
	AutoConverge
	Method
	MultifdChannels
	Compression
	TLS
	XBZRLE
	HugePages
	Hypervisor
	HypervisorVersion
	VFIOMiB
	Migratable
	ZeroTailMiB

	// Count is the number of features.
	Count = int(iota)
)

// Kind is the form a feature's value takes.
type Kind int

// The kinds of value.
const (
	Number  Kind = iota // any number within the bounds
	Integer             // a whole number within the bounds
	Bool                // true or false
	Points              // a dirty curve: seconds and MiB, both ascending
	Choice              // one of named values, kept as its place among them
	Version             // major and minor number of a release, kept as VersionNumber returns it
)

// A Topic is what features are listed under where there are many of them.
type Topic string

// The topics, in the order in which they are shown.
const (
	TopicVM       Topic = "Virtual machine"
	TopicWrites   Topic = "Memory writes"
	TopicLink     Topic = "Network and limits"
	TopicMethod   Topic = "Method"
	TopicPlatform Topic = "Platform"
)

// Topics lists the topics in the order in which they are shown.
var Topics = []Topic{TopicVM, TopicWrites, TopicLink, TopicMethod, TopicPlatform}

// A Definition is one row of the feature table.
type Definition struct {
	Feature  Feature
	Name     string // JSON field and CSV column
	Flag     string // command-line flag, without the dashes
	Unit     string // empty where the value has none
	Min, Max float64
	Kind     Kind
	Choices  []string // the values of a Choice, by the number that each is kept as
	Topic    Topic
	ZeroNone bool   // 0 and none say that there is none, which is taken as unknown
	Required bool   // a single request must give it; files and records need not
	Doc      string // what it is, in a few words
	Measure  string // how an operator finds it out
}

// Definition returns the feature's row of the table.
func (f Feature) Definition() Definition { return Definitions[f] }

// String returns the feature's JSON and CSV name.
func (f Feature) String() string { return Definitions[f].Name }

// check returns what is wrong with a value of d, empty if nothing is.
func (d Definition) check(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "must be " + d.form()
	case v > d.Max && d.Unit == "MiB":
		return "must be " + d.Range() + ", neither KiB nor bytes"
	case v < d.Min || v > d.Max:
		return "must be " + d.Range()
	case d.Kind == Integer && v != math.Trunc(v):
		return "must be a whole number, " + d.Range()
	case d.Kind != Number && v != math.Trunc(v):
		return "must be " + d.Range()
	}
	return ""
}

// Range returns in words what values d may take.
func (d Definition) Range() string {
	switch d.Kind {
	case Bool:
		return "true or false"
	case Points:
		return "windows in seconds with the MiB dirtied in each, both ascending"
	case Choice:
		return "one of " + strings.Join(d.Choices, ", ")
	case Version:
		return "a version such as 8.1 or 10.0"
	}
	text := strings.TrimSpace(fmt.Sprintf("%s to %s %s", plain(d.Min), plain(d.Max), d.Unit))
	if d.ZeroNone {
		return "0 for none, or " + text
	}
	return text
}

// form returns in words what a value of d looks like, its bounds included.
func (d Definition) form() string {
	if d.Kind == Number || d.Kind == Integer {
		return "a number, " + d.Range()
	}
	return d.Range()
}

// Lookup returns the feature of that JSON and CSV name, whose case counts.
func Lookup(name string) (Feature, bool) {
	for _, d := range Definitions {
		if d.Name == name {
			return d.Feature, true
		}
	}
	return 0, false
}
