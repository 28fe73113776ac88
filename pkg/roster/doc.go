// Package roster keeps the VMs of the places where they run at hand: each with what was last known of it and what was
// predicted of that, and hands on what came of their migrations beside both.
//
// # Invariants
//
//   - What stands in the roster of a VM was known while it was not being migrated: a migration changes what is
//     measured. So what is handed on with an outcome is what could have been known before.
//   - A place is asked no more than it was allowed: so many VMs in an interval, those first that were not observed for
//     longest.
//   - A place that fails is told of once, and opened again later and later, a minute apart at most. No place waits for
//     another.
//   - A VM that its place lists no longer is not in the roster, but remembered for a while: the news that its migration
//     is over may come after it is gone.
package roster
