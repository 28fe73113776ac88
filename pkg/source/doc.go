// Package source reads virtual machines where they run: which there are, what is known of one of them, how its
// migration goes, and what came of those that have ended.
//
// One contract, [Source], has an implementation for each kind of place, in a package of its own below this one; all
// pass one test suite, that of package sourcetest.
//
// # Invariants
//
//   - What a place does not tell is unknown, never 0, and an [Observation] says of each feature it tells where that
//     came from and how old it is.
//   - Reading disturbs no guest. What does, however little (measuring how fast a guest dirties its memory), is done
//     only where an [Ask] says so, and never while the guest is migrated.
//   - Every call ends with its context. A place that hangs costs the caller that time and nothing else.
//   - What one VM cannot tell fails that VM: others are answered.
//   - A source may be used by any number of goroutines at once.
//
// # Errors
//
// Errors say what was asked of which place, and what to do. They wrap ErrUnknownVM, ErrNotMigrating, ErrGone, ErrDenied
// or ErrUnsupported where it is one of these, so that a caller can tell a wrong name from a place that cannot be
// reached.
package source
