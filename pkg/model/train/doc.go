// Package train learns models from migrations, and says how good they are.
//
// Train grows a model: every example is masked several times (Patterns), so that each way of knowing part of what there
// is to know is answered in its own right; an expert is made of the migrations of the site that the model is to speak
// for and one of simulated ones, where there are enough rows of each; few outcomes of the site correct a prior, and
// those of other sites say how far it may be off; and whatever an answer promises is calibrated on rows that the trees
// had not seen. Develop also holds rows out and assesses the model on them, beside the baselines of package evaluate.
//
// Learning draws random numbers, but only those that the seed decides: the same data, options and seed give the same
// model, whatever the number of workers. Asking a model needs nothing of this package.
package train
