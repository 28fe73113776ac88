// Package monitoring holds no code: Prometheus' configuration, recording and alerting
// rules and their tests in prometheus/, Grafana's data source and dashboards in
// grafana/, and what to do about each alert in RUNBOOK.md.
//
// Its tests hold them together. Every query names what vmmp exports or a rule
// records; every alert has a section of the runbook and a case in which it fires and
// one in which it does not; and, with the tag integration, a real Prometheus that
// watches a real vmmp answers the query of every panel.
package monitoring
