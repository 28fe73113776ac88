package prometheus

import (
	"errors"
	"path"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

// What holds where a mapping does not say: Prometheus' own look-back, and a window that holds two scrapes of most.
const (
	defaultStale    = 5 * time.Minute
	defaultInterval = 5 * time.Minute
)

// ParseMapping reads a mapping file. Errors name every fault, with the name of the file and the line. Whether the
// queries are sound the server alone can tell: [Source.Check] asks it.
func ParseMapping(name string, text []byte) (Mapping, error) {
	d := &decoder{file: path.Base(name)}
	m := Mapping{
		name: strings.TrimSuffix(d.file, path.Ext(d.file)), stale: defaultStale, interval: defaultInterval,
		features: map[migration.Feature]query{}, progress: map[string]query{}, ended: map[migration.Status]query{},
	}
	if root := d.document(text); root != nil {
		d.mapping(root, &m)
	}
	if len(d.faults) > 0 {
		return Mapping{}, errors.Join(d.faults...)
	}
	return m, nil
}

// mapping reads the whole, the labels first: queries take over those that they have none of their own for.
func (d *decoder) mapping(root *yaml.Node, m *Mapping) {
	if root.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(root.Content); i += 2 {
			if root.Content[i].Value == "labels" {
				d.labels(&m.labels)(root.Content[i+1])
			}
		}
	}
	d.table(root, "a mapping", fields{
		"labels":    func(*yaml.Node) {},
		"stale":     d.duration(&m.stale, "stale"),
		"interval":  d.duration(&m.interval, "interval"),
		"vms":       func(n *yaml.Node) { d.vms(n, m) },
		"features":  func(n *yaml.Node) { d.features(n, m) },
		"unmovable": func(n *yaml.Node) { d.unmovable(n, m) },
		"progress":  func(n *yaml.Node) { d.progress(n, m) },
		"ended":     func(n *yaml.Node) { d.ended(n, m) },
	})
	d.missing(root, m)
}

// missing notes what no mapping can do without.
func (d *decoder) missing(root *yaml.Node, m *Mapping) {
	if len(d.faults) > 0 {
		return // it may be there, and wrong
	}
	switch {
	case m.labels.name == "":
		d.fault(root, "labels.name is missing: the label whose value is the name of a VM")
	case !m.vms.asked():
		d.fault(root, "vms.query is missing: the query that tells of each VM")
	case len(m.features) == 0:
		d.fault(root, "features is missing: the queries that tell of the VMs")
	}
}

// labels reads the names of labels.
func (d *decoder) labels(dst *labels) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.table(n, "labels", fields{
			"namespace": d.label(&dst.namespace, "labels.namespace"),
			"name":      d.label(&dst.name, "labels.name"),
			"host":      d.label(&dst.host, "labels.host"),
			"migration": d.label(&dst.migration, "labels.migration"),
		})
	}
}

// vms reads how VMs are listed.
func (d *decoder) vms(n *yaml.Node, m *Mapping) {
	read := d.question(&m.vms, n, "vms", m.labels)
	read["state"] = func(n *yaml.Node) {
		d.table(n, "vms.state", fields{
			"labels": func(n *yaml.Node) { d.stateLabels(n, &m.state) },
			"values": func(n *yaml.Node) { d.stateValues(n, &m.state) },
		})
	}
	d.ask(n, read, &m.vms)
}

func (d *decoder) stateLabels(n *yaml.Node, s *states) {
	if n.Kind != yaml.SequenceNode {
		d.fault(n, "vms.state.labels has to be a list of labels")
		return
	}
	for _, item := range n.Content {
		var name string
		d.label(&name, "a label of vms.state.labels")(item)
		s.labels = append(s.labels, name)
	}
}

// stateNames are the states that a mapping can name.
var stateNames = []string{
	string(source.Running), string(source.Paused), string(source.Migrating), string(source.Stopped),
}

func (d *decoder) stateValues(n *yaml.Node, s *states) {
	s.values = map[string]source.State{}
	d.pairs(n, "vms.state.values", func(key, value *yaml.Node) {
		if !slices.Contains(stateNames, value.Value) {
			d.unknown(value, "a VM's state", stateNames)
			return
		}
		s.values[key.Value] = source.State(value.Value)
	})
}

// features reads the queries of features.
func (d *decoder) features(n *yaml.Node, m *Mapping) {
	known := fields{}
	for _, definition := range migration.Definitions {
		if definition.Kind == migration.Points || definition.Kind == migration.Choice ||
			definition.Kind == migration.Version {
			continue // no number says it
		}
		known[definition.Name] = func(n *yaml.Node) {
			if q := d.query(n, "features."+definition.Name, definition.Unit, m.labels); q.asked() {
				m.features[definition.Feature] = q
			}
		}
	}
	d.table(n, "features", known)
}

// unmovable reads how VMs that cannot be migrated are told.
func (d *decoder) unmovable(n *yaml.Node, m *Mapping) {
	read := d.question(&m.unmovable, n, "unmovable", m.labels)
	read["reason"] = d.text(&m.reason, "unmovable.reason")
	d.ask(n, read, &m.unmovable)
	if m.reason == "" {
		d.fault(n, "unmovable.reason is missing: a sentence that says why such a VM cannot be migrated")
	}
	m.reason = strings.ReplaceAll(m.reason, "\n", " ")
}

// progress reads how migrations under way are told.
func (d *decoder) progress(n *yaml.Node, m *Mapping) {
	known := fields{"active": func(n *yaml.Node) {
		d.ask(n, d.question(&m.active, n, "progress.active", m.labels), &m.active)
	}}
	for _, s := range samples {
		known[s.name] = func(n *yaml.Node) {
			if q := d.query(n, "progress."+s.name, s.unit, m.labels); q.asked() {
				m.progress[s.name] = q
			}
		}
	}
	d.table(n, "progress", known)
	if !m.active.asked() && len(d.faults) == 0 {
		d.fault(n, "progress.active is missing: the query that tells of each VM that is being migrated")
	}
}

// ended reads how migrations that are over are told.
func (d *decoder) ended(n *yaml.Node, m *Mapping) {
	known := fields{
		"start": func(n *yaml.Node) { d.ofMigration(n, &m.start, "ended.start", m.labels) },
		"end":   func(n *yaml.Node) { d.ofMigration(n, &m.end, "ended.end", m.labels) },
	}
	for _, status := range migration.Statuses {
		known[string(status)] = func(n *yaml.Node) {
			var q query
			d.ofMigration(n, &q, "ended."+string(status), m.labels)
			m.ended[status] = q
		}
	}
	d.table(n, "ended", known)
	if len(m.ended) == 0 && len(d.faults) == 0 {
		d.fault(n, "ended has no query of migrations that are over, such as completed")
	}
}

// ofMigration reads a query each of whose samples is of one migration.
func (d *decoder) ofMigration(n *yaml.Node, dst *query, what string, own labels) {
	d.ask(n, d.question(dst, n, what, own), dst)
	if dst.asked() && dst.labels.migration == "" {
		d.fault(n, "%s.labels.migration is missing: the label whose value is the name of a migration", what)
	}
}
