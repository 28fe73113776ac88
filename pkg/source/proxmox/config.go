package proxmox

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// config is the configuration of a VM: values by their keys, as text whether Proxmox sends them so or as numbers.
type config map[string]string

// UnmarshalJSON reads an object of texts and numbers; what is neither is left out.
func (c *config) UnmarshalJSON(text []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	*c = config{}
	for key, value := range raw {
		var s string
		var n json.Number
		switch {
		case json.Unmarshal(value, &s) == nil:
			(*c)[key] = s
		case json.Unmarshal(value, &n) == nil:
			(*c)[key] = n.String()
		}
	}
	return nil
}

// number returns the number at a key, or of a property of it.
func (c config) number(key, property string) (n number) {
	v, err := strconv.ParseFloat(properties(c[key], property)[property], 64)
	return number{err == nil && v-v == 0, v}
}

// properties splits text such as migration=1000,clone=500. What has no name has the default one.
func properties(text, standard string) map[string]string {
	all := map[string]string{}
	for part := range strings.SplitSeq(text, ",") {
		key, value, named := strings.Cut(strings.TrimSpace(part), "=")
		if !named {
			key, value = standard, key
		}
		all[key] = value
	}
	return all
}

// localDevice is a key of what a node has and another has not.
var localDevice = regexp.MustCompile(`^(hostpci|usb|serial|parallel|virtiofs)\d*$`)

// local returns the keys of what keeps a VM where it is: devices of the node, and memory that only its CPU can read.
// Serial ports that are sockets are made anew elsewhere. A device by a mapping may be one that can be migrated: maybe
// has those.
func (c config) local() (keys, maybe []string) {
	for key, value := range c {
		p := properties(value, "host")
		switch {
		case slices.Contains([]string{"hostusb", "ivshmem", "amd-sev", "intel-tdx"}, key):
			keys = append(keys, key)
		case !localDevice.MatchString(key),
			strings.HasPrefix(key, "serial") && value == "socket",
			strings.HasPrefix(key, "usb") && strings.EqualFold(p["host"], "spice"):
		case strings.HasPrefix(key, "hostpci") && p["mapping"] != "":
			maybe = append(maybe, key)
		default:
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	slices.Sort(maybe)
	return keys, maybe
}
