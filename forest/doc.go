// Package forest grows random forests for regression. A fitted forest returns the expected value of the target, its
// conditional distribution, and the contribution of each feature to a prediction.
//
// A forest is the mean of many regression trees, each grown on its own draw of the training rows. It needs no scaling
// of features, no choice of a model and hardly any tuning, and accepts unknown features. Fit grows one:
//
//	f, err := forest.Fit(ctx, forest.Data{X: x, Y: y}, forest.Config{MinLeaf: 5})
//
// # Predictions
//
// PredictRow and Predict return the forest's estimate of the mean of the target. Trees are grown as in Breiman (2001):
// each on a bootstrap sample of the rows, each split being the one that decreases the weighted sum of squares most
// among the columns it may try. A split never separates equal values, and a leaf never holds fewer than Config.MinLeaf
// rows. Where columns gain equally, as most do among the last few rows of a fully grown tree, one of them is chosen at
// random; within a column it is the lowest threshold.
//
// # Uncertainty
//
// LeafRows returns the training rows that share a leaf with a given row, weighted by how often they do (Meinshausen
// 2006): an estimate of the whole conditional distribution of the target. Quantiles derives intervals from it that are
// wide where the data are noisy and narrow where they are not. Config.LeafSamples bounds what the forest keeps for it.
//
// A forest fits its training rows too well, so its predictions for them are too good. OutOfBag returns, for every
// training row, the predictions of only those trees that never saw it: an honest error estimate without a second data
// set, and the data to calibrate intervals on. Rows that belong together, such as repeated measurements of one thing,
// would give each other away; Data.Groups names them, and they are then drawn and left out together.
//
// The quantiles of a forest cover only about as many targets as they should, and fewer if trees are fully grown.
// OutOfBag.Conformal moves them by the error they had on rows that the trees had not seen, so that the intervals cover
// the requested share, also for rows in which some columns are unknown.
//
// # Explanations
//
// Importance returns how much the splits on each column gained, PermutationImportance how much larger the forest's
// error on given data is when a column is shuffled. For a single prediction, an Explainer computes the contribution of
// each column: exact Shapley values, which sum to the prediction.
//
// # Storage and exchange
//
// AppendBinary and Decode write and read a complete forest, in a format that format.go describes byte by byte.
// AppendONNX writes a model that any ONNX runtime can score, for programs in other languages.
//
// # Unknown features
//
// NaN is an unknown value, in training and in prediction, and a value like others: every split learns to which side
// rows go whose column is unknown, by trying both, and may also separate the known from the unknown. So a forest learns
// from the fact that something is unknown where that fact is informative. Where a split saw no missing value in
// training, rows that miss it go to the side of the larger weight. XGBoost (Chen and Guestrin 2016) and scikit-learn
// since 1.4 do likewise.
//
// # Invariants
//
// A forest is a function of Data and Config: the number of workers and the timing of goroutines do not matter, and
// equal input gives equal bytes on one architecture. Tree i draws its random numbers from the PCG stream (Seed, i), its
// bag before anything else; so bags are never stored, OutOfBag draws them again.
//
// A fitted forest never changes, and all its methods may be called concurrently. It holds no reference to the data it
// was fitted on.
//
// Features are compared in float32, as in scikit-learn, XGBoost and ONNX: Fit and every prediction round them, a finite
// value beyond the range of float32 to its largest. Thresholds and the values of leaves are float32 as well; sums are
// taken in float64 of targets centred on the mean of the node. A forest that was encoded by AppendBinary and decoded by
// Decode therefore gives the same results as the original, bit for bit.
//
// Faults of data are returned as errors that wrap one of the variables below. Faults of the program, such as a row of
// the wrong length, panic.
//
// # Performance
//
// Training sorts every column once. A tree keeps its in-bag rows in each column's order and partitions these orders
// stably as it splits, so that no node sorts (presort.go, partition.go); the search for a split compares scores as
// fractions and treats nodes of two and three rows, half of all, separately (split.go, smallnodes.go). It is exact for
// any number of rows: no values are binned.
//
// A tree is then packed: eight bytes a node, clusters of splits next to each other (packed.go, block.go). Leaves lead
// to themselves, so that eight trees of a row, or eight rows in a tree, can be walked in step without a branch that the
// processor could mispredict, and their loads overlap (walk.go). Batches are predicted tree by tree, for many rows at a
// time. Leaves keep their training rows as ranks in the order of targets, which leaves nothing to sort for a quantile
// (distribution.go).
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
//     settings mean. The tests compare the accuracy with it.
//   - S. Lundberg, G. Erion, S.-I. Lee, Consistent Individualized Feature
//     Attribution for Tree Ensembles (2018): what an Explainer computes.
//   - P. Yu, C. Xu, A. Bifet, J. Read, Linear TreeShap, NeurIPS (2022); G. Owen,
//     Multilinear Extensions of Games (1972): how.
//   - Y. Romano, E. Patterson, E. Candès, Conformalized Quantile Regression,
//     NeurIPS (2019); U. Johansson, H. Boström, T. Löfström, H. Linusson, Regression
//     Conformal Prediction with Random Forests, Machine Learning 97 (2014):
//     calibrated intervals.
package forest
