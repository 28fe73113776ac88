// Package simulate sets predictions beside migrations that happen: it says which VMs are migrated, has a back end
// migrate them, asks a predictor about each, and says how right the prediction was.
//
// A [Request] says all of that, and [Request.Begin] makes a [Run] of it, which yields a [Migration] as soon as it is
// over and sums them up as they come. Three parts that know nothing of each other meet in it:
//
//   - The [Mode] says which VMs are migrated: one as busy as this machine, the same measured anew each time, the named
//     [Scenarios], the rows of a file, a made-up fleet.
//   - A [Backend] migrates them. [Physics] is package population: guests of the simulated fleet, of which just as
//     much is known, each with its own of what nobody measured, each run with its own noise. A prediction that does
//     well there agrees with that fleet; how well it does on real migrations is not told by it. [QEMU] makes real
//     migrations, package lab. It measures each guest before it moves it, so that each has features, and a
//     prediction, of its own.
//   - A [Predictor] answers: [Local], a model in this process, or the client of a running vmmp serve, which can be told
//     what came of it.
//
// VMs of which the same is known get the same prediction, and their outcomes differ. That is the point: the
// prediction is a statement about all of them, and its interval has to hold nine in ten. What counts as right is
// package prediction's to say, here as everywhere: a hit is off by at most a quarter of the actual downtime, and
// whether the interval held it is another question.
//
// [RunFleet] is for what a single migration does not tell: how the downtimes of many VMs are distributed, and in
// which order a host is best emptied.
package simulate
