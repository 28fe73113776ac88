// Package simulate sets predictions beside migrations that happen: it asks a
// predictor about a VM, has a back end migrate VMs of which just as much is known,
// and says how right the prediction was for each.
//
// All migrations of a request have the same features, and so the same prediction.
// Their outcomes differ: each VM has its own of what nobody measured, and each run
// its own noise. That is the point: the prediction is a statement about all of
// them, and its interval has to hold nine in ten.
//
// The back end so far is [Physics], which is package population: guests of the
// simulated fleet. A prediction that does well here agrees with that fleet; how
// well it does on real migrations is not told by it.
package simulate
