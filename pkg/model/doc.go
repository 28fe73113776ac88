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
// What really happened and what was simulated are two domains. Each has an expert of its own, with forests and
// calibrations that know nothing of the other: a VM near real migrations is answered by those alone, any other by the
// simulated ones.
//
// Nothing is believed that was not tested on rows the trees had not seen:
//
//   - the interval is a quantile forest's (Meinshausen 2006), its levels recalibrated out of bag (Kuleshov et al. 2018)
//     for each class of knowledge;
//   - confidence and the probability of convergence are made reliable out of bag by isotonic regression (Zadrozny and
//     Elkan 2002);
//   - where no real migration lies near, the interval is widened by the error that the physics had on real ones, and
//     the answer says so.
//
// A model is a value: the same data, seed and options give the same bytes on one architecture, whatever the number of
// workers. Once trained or read it is immutable and serves any number of goroutines.
package model
