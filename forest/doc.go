// Package forest grows random forests for regression and asks them three
// things: what to expect, how sure to be, and why.
//
// A forest is the mean of many regression trees, each grown on its own draw of
// the training rows. It needs no scaling of features, no choice of a model and
// hardly any tuning; it takes features as they come, unknown ones included.
// Fit grows one:
//
//	f, err := forest.Fit(ctx, forest.Data{X: x, Y: y}, forest.Config{MinLeaf: 5})
//
// # What to expect
//
// PredictRow and Predict return the forest's estimate of the mean of the
// target. Trees grow as Breiman (2001) has them: each on a bootstrap of the
// rows, each split the one that lowers the weighted sum of squares most among
// the columns it may try. A split never separates equal values, a leaf never
// holds fewer than Config.MinLeaf rows. Where columns gain equally, as most do
// among the last few rows of a fully grown tree, one of them is chosen at
// random; within a column it is the lowest threshold.
//
// # How sure to be
//
// LeafRows returns the training rows that share a leaf with the row asked
// about, weighted by how often they do (Meinshausen 2006): an estimate of the
// whole conditional distribution of the target, from which Quantiles takes
// intervals that are wide where the data are noisy and narrow where they are
// not. Config.LeafSamples bounds what the forest keeps for it.
//
// A forest knows its training rows by heart, so what it says of them flatters
// it. OutOfBag returns, for every training row, the answers of those trees only
// that never saw it: an honest error estimate without a second data set, and
// the data to calibrate intervals on. Rows that belong together, such as
// repeated measurements of one thing, would give each other away; Data.Groups
// names them, and they are then drawn and left out together.
//
// Quantiles of a forest hold about what they say, no more: of fully grown trees
// less. OutOfBag.Conformal moves them by what they were off on rows that the trees
// had not seen, so that the intervals hold the share that was asked for, of rows
// that lack some columns, too.
//
// # Why
//
// Importance tells which columns the splits used to what gain,
// PermutationImportance how much worse the forest does on given data when a
// column is shuffled. Of one prediction, an Explainer tells what each column
// contributed: exact Shapley values, which add up to the prediction.
//
// # Elsewhere
//
// AppendBinary and Decode write and read a forest with all that it knows, in a
// format that codec.go describes byte by byte. AppendONNX writes one that any ONNX
// runtime scores, for programs in other languages.
//
// # Unknown features
//
// NaN is an unknown value, in training and in prediction, and a value like
// others: every split learns the side to which rows go that miss its column,
// by trying both, and may also separate the known from the unknown. So a
// forest learns from the fact that something is unknown where that fact tells
// something. Where a split saw no missing value in training, rows that miss it
// go to the side of the larger weight. XGBoost (Chen and Guestrin 2016) and
// scikit-learn since 1.4 do likewise.
//
// # Invariants
//
// A forest is a function of Data and Config: the number of workers and the
// timing of goroutines do not matter, and equal input gives equal bytes on one
// architecture. Tree i draws its random numbers from the PCG stream (Seed, i),
// its bag before anything else; so bags are never stored, OutOfBag draws them
// again.
//
// A fitted forest never changes, and all its methods may be called
// concurrently. It holds no reference to what it was fitted on.
//
// Features are compared in float32, as in scikit-learn, XGBoost and ONNX: Fit
// and every prediction round them, a finite value beyond the range of float32
// to its largest. Thresholds and the values of leaves are float32 as well,
// sums are taken in float64 of targets centred on the mean of the node. A
// forest that was encoded by AppendBinary and decoded by Decode therefore
// answers bit for bit as the original.
//
// Faults of data are returned as errors, see the sentinels. Faults of the
// program, such as a row of the wrong length, panic.
//
// # How it is fast
//
// Training sorts every column once. A tree keeps the rows of its bag in each
// column's order and parts these orders stably as it splits, so that no node sorts
// (presort.go, partition.go); the search for a split compares scores as fractions
// and settles nodes of two and three rows, half of all, by themselves (split.go,
// few.go). It is exact for any number of rows: no values are binned.
//
// A tree is then planted: eight bytes a node, clusters of splits next to each
// other (word.go, grove.go). Leaves lead to themselves, so that eight trees of a
// row, or eight rows in a tree, can be walked in step without a branch that the
// processor could mispredict, and their loads overlap (walk.go). Batches go tree by
// tree through blocks of rows. Leaves keep their training rows as positions in the
// order of targets, which leaves nothing to sort for a quantile (quantile.go).
//
// # Sources
//
//   - L. Breiman, Random Forests, Machine Learning 45 (2001): the forest, its
//     out-of-bag estimates and both importances.
//   - N. Meinshausen, Quantile Regression Forests, JMLR 7 (2006): the
//     conditional distribution.
//   - L. Breiman, J. Friedman, R. Olshen, C. Stone, Classification and
//     Regression Trees (1984): the trees.
//   - T. Chen, C. Guestrin, XGBoost: A Scalable Tree Boosting System, KDD
//     (2016): splits that learn the side of missing values.
//   - scikit-learn, ensemble/_forest.py and tree/_splitter.pyx: what the
//     settings mean. The tests hold the accuracy against it.
//   - S. Lundberg, G. Erion, S.-I. Lee, Consistent Individualized Feature
//     Attribution for Tree Ensembles (2018): what an Explainer computes.
//   - P. Yu, C. Xu, A. Bifet, J. Read, Linear TreeShap, NeurIPS (2022); G. Owen,
//     Multilinear Extensions of Games (1972): how.
//   - Y. Romano, E. Patterson, E. Candès, Conformalized Quantile Regression,
//     NeurIPS (2019); U. Johansson, H. Boström, T. Löfström, H. Linusson, Regression
//     Conformal Prediction with Random Forests, Machine Learning 97 (2014):
//     calibrated intervals.
package forest
