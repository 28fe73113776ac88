package prometheus

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"vmmp/pkg/source"
)

// choice is what queries are narrowed to.
type choice struct {
	vm       *source.VM // nil: all
	hosts    []string   // none: all
	interval time.Duration
}

// vmMatchers returns what selects the series of the VM; of all, those that have the labels.
func (c choice) vmMatchers(l labels) string {
	if c.vm == nil {
		return present(l.namespace, l.name)
	}
	namespace, name := parseID(c.vm.ID, l)
	if l.namespace == "" {
		return equal(l.name, name)
	}
	return equal(l.namespace, namespace) + "," + equal(l.name, name)
}

// hostMatchers returns what selects the series of the hosts, whatever the port of their exporter.
func (c choice) hostMatchers(l labels) string {
	if len(c.hosts) == 0 || l.host == "" {
		return present(l.host)
	}
	names := make([]string, len(c.hosts))
	for i, host := range c.hosts {
		names[i] = regexp.QuoteMeta(host)
	}
	return l.host + "=~" + strconv.Quote("("+strings.Join(names, "|")+")(:[0-9]+)?")
}

func present(names ...string) string {
	var all []string
	for _, name := range names {
		if name != "" {
			all = append(all, name+`!=""`)
		}
	}
	return strings.Join(all, ",")
}

func equal(label, value string) string { return label + "=" + strconv.Quote(value) }

// promDuration returns a duration as queries have it.
func promDuration(d time.Duration) string { return model.Duration(d).String() }

// vmID returns the id of a VM: its namespace and name, or its name.
func vmID(namespace, name string) string {
	if namespace == "" {
		return name
	}
	return namespace + "/" + name
}

// parseID returns what vmID was made of. No name of a label that is a namespace has a slash in it.
func parseID(id string, l labels) (namespace, name string) {
	if l.namespace != "" {
		if namespace, name, found := strings.Cut(id, "/"); found {
			return namespace, name
		}
	}
	return "", id
}

// port is that of an exporter, behind the name of its host.
var port = regexp.MustCompile(`:[0-9]{1,5}$`)

// hostName returns a host's name without the port that it was asked at.
func hostName(label string) string { return port.ReplaceAllString(label, "") }
