package proxmox

import (
	"encoding/json"
	"math"
)

// datacenter holds the options of a cluster that migrations go by.
type datacenter struct {
	Limits    limits `json:"bwlimit"`
	Migration struct {
		Type string `json:"type"`
	} `json:"migration"`
}

// limits are those of the datacenter in KiB/s, by what they are for.
type limits map[string]number

// UnmarshalJSON reads a text of properties, as Proxmox has it, or an object.
func (l *limits) UnmarshalJSON(text []byte) error {
	var line string
	if json.Unmarshal(text, &line) != nil {
		return json.Unmarshal(text, (*map[string]number)(l))
	}
	*l = limits{}
	for key, value := range properties(line, "default") {
		var n number
		_ = n.UnmarshalJSON([]byte(value)) // which takes anything
		(*l)[key] = n
	}
	return nil
}

// migrations returns the limit of migrations in KiB/s, NaN where there is none.
func (l limits) migrations() float64 {
	if limit := l["migration"]; limit.known {
		return limit.positive() // 0 is none, whatever the default
	}
	return l["default"].positive()
}

// speedLimit returns the lower one of a VM's migrate_speed in MiB/s and the datacenter's limit in KiB/s, in MiB/s; NaN
// where there is neither.
func speedLimit(speed number, datacenter float64) float64 {
	own, all := speed.positive(), datacenter/1024
	switch {
	case math.IsNaN(own):
		return all
	case math.IsNaN(all):
		return own
	}
	return min(own, all)
}
