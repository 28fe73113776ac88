// Package postgres keeps a history in a database of PostgreSQL, which several
// replicas share. Other tables in the database are left alone.
package postgres
