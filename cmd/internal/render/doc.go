// Package render shows what vmmp found out: predictions, trainings and loads, as pages for a person, as
// views that are kept up to date, and as the rows of their JSON.
package render
