package prometheus

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"vmmp/pkg/migration"
)

// query reads a query of a value that is kept in the given unit.
func (d *decoder) query(n *yaml.Node, what, unit string, own labels) query {
	var q query
	var given string
	scale := 1.0
	read := d.question(&q, n, what, own)
	read["unit"] = d.text(&given, what+".unit")
	read["scale"] = d.number(&scale, what+".scale")
	read["series"] = d.template(&q.series, what+".series")
	read["per"] = func(n *yaml.Node) {
		if q.perHost = n.Value == "host"; !q.perHost {
			d.fault(n, "%s.per has to be host, not %q", what, clip(n.Value))
		}
	}
	d.ask(n, read, &q)
	d.unit(n, what, given, unit, &q.factor)
	q.factor *= scale
	d.age(n, &q)
	return q
}

// unit reads what a value is in.
func (d *decoder) unit(n *yaml.Node, what, given, unit string, dst *float64) {
	if given == "" && unit != "" {
		d.fault(n, "%s.unit is missing: what the query's value is in, such as %s", what, unit)
		return
	}
	factor, err := migration.UnitFactor(given, unit)
	if err != nil {
		d.fault(n, "%s.unit %v", what, err)
	}
	*dst = factor
}

// age makes sure that the age of a value can be asked for: a query that is no more than series needs none named.
func (d *decoder) age(n *yaml.Node, q *query) {
	switch {
	case !q.asked():
	case q.series == "" && isSelector(string(q.text)):
		q.series = q.text
	case q.series == "":
		d.fault(n, "%s.series is missing: the series that the query is made of, such as metric{%s}, whose age counts",
			q.what, q.placeholder())
	case !isSelector(string(q.series)):
		d.fault(n, "%s.series has to be series alone, such as metric{%s}, not a query", q.what, q.placeholder())
	}
}

// question returns how the keys are read that every query has.
func (d *decoder) question(dst *query, n *yaml.Node, what string, own labels) fields {
	dst.file, dst.line, dst.what = d.file, n.Line, what
	dst.labels, dst.factor = own, 1
	return fields{
		"query": d.template(&dst.text, what+".query"),
		"labels": func(n *yaml.Node) {
			var l labels
			d.labels(&l)(n)
			dst.labels = l.or(own)
		},
	}
}

// ask reads a query by its keys, and checks that it can be narrowed.
func (d *decoder) ask(n *yaml.Node, read fields, q *query) {
	before := len(d.faults)
	d.table(n, q.what, read)
	switch {
	case len(d.faults) > before:
	case !q.asked():
		d.fault(n, "%s.query is missing", q.what)
	case !strings.Contains(string(q.text), q.placeholder()):
		d.fault(n, "%s.query has no %s: write metric{%[2]s}, so that it can be asked of one", q.what, q.placeholder())
	case q.perHost && q.labels.host == "":
		d.fault(n, "%s.labels.host is missing: the label whose value is the host", q.what)
	}
}

// template reads a query with its placeholders, on one line.
func (d *decoder) template(dst *template, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var text string
		d.text(&text, what)(n)
		if text == "" {
			return
		}
		if err := checkSyntax(text); err != nil {
			d.fault(n, "%s: %v", what, err)
			return
		}
		*dst = template(strings.ReplaceAll(text, "\n", " "))
	}
}
