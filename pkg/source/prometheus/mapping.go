package prometheus

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

// A Mapping says how the metrics of a platform are read. ParseMapping and LoadMapping make it, and let nothing pass
// that could not be asked; the zero Mapping tells of nothing.
type Mapping struct {
	name      string // of its file, for messages
	labels    labels
	stale     time.Duration // what is older is unknown
	interval  time.Duration // that the samples of a rate are looked for in
	vms       query
	state     states
	features  map[migration.Feature]query
	unmovable query
	reason    string // of what is unmovable
	active    query  // VMs that are being migrated
	progress  map[string]query
	ended     map[migration.Status]query
	start     query // when a migration began, in seconds of Unix
	end       query
}

// Name returns the name that the mapping was loaded by.
func (m Mapping) Name() string { return m.name }

// Features returns the features that the mapping has queries for.
func (m Mapping) Features() migration.Set {
	return migration.Of(slices.Collect(maps.Keys(m.features))...)
}

// labels are the names of those that say what a sample is of; empty where there is none.
type labels struct{ namespace, name, host, migration string }

// or returns the labels, and those that are not given as other has them.
func (l labels) or(other labels) labels {
	for _, pair := range []struct{ dst, src *string }{
		{&l.namespace, &other.namespace}, {&l.name, &other.name}, {&l.host, &other.host}, {&l.migration, &other.migration},
	} {
		if *pair.dst == "" {
			*pair.dst = *pair.src
		}
	}
	return l
}

// names returns those that are there.
func (l labels) names() []string {
	return slices.DeleteFunc([]string{l.namespace, l.name, l.host, l.migration}, func(s string) bool { return s == "" })
}

// query is one question to the server.
type query struct {
	text    template
	series  template // whose samples it is made of; empty where their age does not matter
	factor  float64  // by which a value is multiplied to be in the unit that it is kept in
	labels  labels
	perHost bool // it is of hosts, not of VMs
	file    string
	line    int
	what    string // its keys in the file, as features.cpu_load
}

// place returns where the query stands.
func (q query) place() string { return fmt.Sprintf("%s:%d: %s", q.file, q.line, q.what) }

// placeholder returns the one that narrows the query.
func (q query) placeholder() string {
	if q.perHost {
		return hostPlace
	}
	return vmPlace
}

// asked reports whether there is a question at all.
func (q query) asked() bool { return q.text != "" }

// states says how the state of a VM is told.
type states struct {
	labels []string // the first of them that a VM has; none: the value
	values map[string]source.State
}

// template is a query with placeholders.
type template string

// The placeholders of a template.
const (
	vmPlace       = "$vm"
	hostPlace     = "$host"
	intervalPlace = "$interval"
)

// fill returns the query of what is chosen.
func (t template) fill(l labels, chosen choice) string {
	return strings.NewReplacer(
		vmPlace, chosen.vmMatchers(l), hostPlace, chosen.hostMatchers(l), intervalPlace, promDuration(chosen.interval),
	).Replace(string(t))
}
