// Package simulation shows runs of migrations, and how right their predictions were: as a page, as a table that grows
// while the run goes on, as rows, and a fleet as its distribution.
package simulation
