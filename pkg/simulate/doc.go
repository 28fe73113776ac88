// Package simulate sets predictions beside migrations that happen: it asks a
// predictor about a VM, has a back end migrate VMs of which just as much is known,
// and says how right the prediction was for each.
//
// All simulated migrations of a request have the same features, and so the same
// prediction. Their outcomes differ: each VM has its own of what nobody measured, and each run
// its own noise. That is the point: the prediction is a statement about all of
// them, and its interval has to hold nine in ten.
//
// That holds for the back end [Physics], which is package population: guests of the
// simulated fleet. A prediction that does well there agrees with that fleet; how
// well it does on real migrations is not told by it.
//
// The back end [QEMU] makes real migrations, package lab. It measures each guest
// before it moves it, so that each has features, and a prediction, of its own.
package simulate
