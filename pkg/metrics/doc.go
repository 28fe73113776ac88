// Package metrics holds every instrument that vmmp shows to Prometheus: one struct, on a registry of its own, so that
// two servers in one process, or two tests, do not count into each other.
//
// Values are in base units: seconds and ratios, never milliseconds or percent. A name is a constant of this package;
// dashboards and alerts are tested against them. The values of a label come from short lists, also here, with three
// exceptions: the id and the time of the model, of which there is one, and the version in vmmp_build_info. What a
// client sent never becomes a label's value: an unknown path or method is counted as "other". The ids of requests are
// exemplars of a histogram, which keeps the last few, and no labels.
//
// Series whose labels are known beforehand are shown as 0 from the start. A counter that is born with its first event
// has no increase that a rule could see.
package metrics
