// Package webapi is what sources share that ask a server over HTTP: what its address looks like, whose certificates it
// may have, how much of an answer is read, and how messages repeat what it said.
package webapi
