// Package prediction is the answer to a question about a live migration, and what is kept of it until the migration is
// over.
//
// A Prediction is the whole answer; its JSON is a contract. Its Support says what it rests on, and is never better than
// what was really seen. A Summary holds its numbers, which is all that later judges
// need: history keeps it, metrics show it, package evaluate scores it. An ID is a Summary that travels: it names the
// model and what was known of the VM, so that any replica can match an outcome to a prediction without anything having
// been stored. A Verdict says how right a Summary was, once the downtime is known; what counts as right is defined here
// and nowhere else.
//
// The package knows nothing of models: whoever plans, watches or keeps predictions needs no forest.
package prediction
