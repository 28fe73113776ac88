// Package accuracy compares what was predicted with what came of it.
//
// It starts where an outcome comes in. Match finds what had been predicted of a recorded migration and makes of both
// the entry that a history keeps. A prediction_id carries the prediction itself, so that any replica can match it and
// nothing was stored in between. The prediction that is kept is the one that was given, never one made anew: a model
// that has learned since must not take the credit. Where nobody had asked before the migration, the prediction is made
// when the outcome comes in, of the features alone. That is honest as well, since the model has not seen this outcome;
// the entry says so (Afterwards).
//
// How right the predictions have been is an Accuracy: one Window of figures for each of the last 24 hours, 7 days, 30
// days and all that is known, and for each source. These hold:
//
//   - A migration belongs to a window by its own time, not by when it was recorded; an old one that is imported today
//     is old. One without a time counts from when it was recorded. One dated ahead of this clock is recent.
//   - Windows nest: what counts in one counts in each longer one.
//   - Real and simulated migrations are never mixed. The source "all" is every real one together; precopy, which is
//     simulated, stands on its own. A record of no source came through the API.
//   - Accuracy is judged on migrations whose pre-copy switched over by itself, since that is what a predicted downtime
//     speaks of. A guest that was stopped by force is an outcome and counts for the business, but says nothing about a
//     prediction.
//   - Few rows are not hidden: the figures are reported as they are, beside the number of rows they rest on. A figure
//     that the rows do not define is NaN, and null in JSON; none is ever infinite.
//   - The order of the entries decides nothing.
//
// The business figures answer what an operator is asked:
//
//   - success_rate is the share of the migrations whose end is known that completed by themselves and, where a downtime
//     limit is configured, paused the guest for at most that long. Forced, not_converged and failed ones are no
//     successes.
//   - downtime_avoided_s is the sum over the migrations that moved their guest (completed, forced, or a downtime
//     without a status) of the configured baseline downtime minus their own, in seconds. It is negative where pauses
//     were longer than the baseline, and unknown without a baseline.
//   - cost_saved is downtime_avoided_s times the configured price of a second, unknown without a baseline or a price.
//
// Assess is pure: entries, clock and configured values in, Accuracy out. A Tracker keeps one up to date over a
// history.Store: bounded in rows and memory, read by one caller at a time however many ask, and never behind what was
// appended here.
//
// The package knows no model: a Predictor is all that Match asks.
package accuracy
