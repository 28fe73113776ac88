// Package model is the trained predictor: from what is known of a VM to the distribution of its downtime, the total
// time and the probability that pre-copy converges.
//
// Physics and forest work together. The features are turned into columns: the numbers as they are, the canonical dirty
// curve at fixed times, and what the physics of package precopy makes of them where it can be computed. A random forest
// learns the logarithm of the downtime from these columns: without the physics among them, with it, or as the residual
// of the analytic estimate. Training compares the three by grouped cross-validation and keeps the best.
//
// Partial knowledge is the rule. Every training row is seen several times, each time with other features masked
// (the Patterns of package train), so that each way of knowing is answered in its own right; unknown is a value on
// which trees split.
//
// A model speaks for one site: two hosts, their hypervisor and the network between them. Its prior has learned from
// simulated migrations of sites of all kinds; the expert of the site, where there are enough of them, from those that
// happened there. They have forests and calibrations of their own. Near what happened at the site both answer, and the
// more outcomes there were the more the expert has to say; any other VM is the prior's.
//
//   - Few outcomes correct the prior by a few numbers, partially pooled: the fixed part of a pause, a factor on the
//     rest, what of the resident memory is not sent, what the link carries, how wide an answer is (At, package train).
//   - Migrations of other sites grow no tree. They show how far an answer may be off at a site of which no outcome is
//     known: its interval is as wide as sites differ.
//   - An answer says which of these it rests on (prediction.Support).
//
// Downtime, total time and convergence are one distribution: a timeout is asked of the total time, which is never less
// than its bytes take on the line. Where a VM lies beyond what trees have seen, and where they contradict the physics
// by more than they were ever right to, the physics answers, with the errors that it had.
//
// Nothing is believed that was not tested on rows the trees had not seen:
//
//   - the interval is a quantile forest's (Meinshausen 2006), its levels recalibrated out of bag (Kuleshov et al. 2018)
//     for each class of knowledge;
//   - confidence and the probability of convergence are made reliable out of bag by isotonic regression (Zadrozny and
//     Elkan 2002).
//
// A model is a value: the same data, seed and options give the same bytes on one architecture, whatever the number of
// workers. Once trained or read it is immutable and serves any number of goroutines.
package model
