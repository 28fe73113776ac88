// Package historytest brings a private PostgreSQL to integration tests. What it
// offers is there with the build tag integration only.
package historytest
