// Package estimate is what asking a model and learning one share: the columns that forests see, the physics among them,
// the experts that answer from a row of columns, who of them answers for a VM, and what outcomes of a site correct.
//
// Nothing here draws random numbers, takes a context or reads a file, and what a prediction needs lies in Buffers that
// the caller reuses. Package model asks experts; package train makes them.
package estimate
