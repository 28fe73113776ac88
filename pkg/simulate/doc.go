// Package simulate sets predictions beside migrations that happen: it says which VMs
// are migrated, has a back end migrate them, asks a predictor about each, and says how
// right the prediction was.
//
// A run is put together of three parts that know nothing of each other:
//
//   - [VMs] are what is migrated: one VM many times ([Same]), this machine measured
//     anew ([Measured], [Repeat]), the named [Scenarios], the rows of a file ([Of]), a
//     made-up fleet ([FleetVMs]).
//   - A [Backend] migrates them. [Physics] is package population: guests of the
//     simulated fleet, of which just as much is known, each with its own of what nobody
//     measured, each run with its own noise. A prediction that does well there agrees
//     with that fleet; how well it does on real migrations is not told by it. [QEMU]
//     makes real migrations, package lab. It measures each guest before it moves it, so
//     that each has features, and a prediction, of its own.
//   - A [Predictor] answers: [Local], a model in this process, or the client of a
//     running vmmp serve, which can be told what came of it.
//
// [Stream] joins them and yields a [Migration] as soon as it is over; a [Tally] sums
// them up as they come. VMs of which the same is known get the same prediction, and
// their outcomes differ. That is the point: the prediction is a statement about all of
// them, and its interval has to hold nine in ten.
//
// [RunFleet] is for what a single migration does not tell: how the downtimes of many
// VMs are distributed, and in which order a host is best emptied ([Evacuate]).
package simulate
