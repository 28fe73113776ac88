// Package evaluate says how good forecasts of a migration are, and what the simplest forecasts would have been.
//
// A Forecast of a downtime is a distribution, not a number: a point, nineteen quantiles, a 90 % interval and the
// probability that the point is a hit. Score compares forecasts with what happened. A prediction.Summary is what is
// left of a forecast that was written down: it has no quantiles, and so no CRPS. No figure stands alone:
//
//   - R2, MAE and RMSE in milliseconds are ruled by the few longest pauses; they are what people ask for.
//   - Log R2 and the relative errors treat 20 ms instead of 10 like 2 s instead of 1, as the target is learned in log
//     space.
//   - CRPS, the continuous ranked probability score, judges the whole distribution in the target's unit, and is least
//     in expectation for the true one: it is a proper score (Gneiting and Raftery, "Strictly Proper Scoring Rules,
//     Prediction, and Estimation", JASA 102, 2007). It is twice the integral of the pinball loss of Koenker and Bassett
//     ("Regression Quantiles", Econometrica 46, 1978) over all levels, here the mean over Levels. For a forecast that
//     is one number it is the absolute error, so that a point and a distribution can be compared.
//   - Coverage belongs to the interval, as mean confidence belongs to the share of hits: a confidence is honest where
//     the two agree. CalibrationError says how far they are apart where confidences differ, after Naeini, Cooper and
//     Hauskrecht ("Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015). Brier and AUC judge
//     probabilities of events, such as that pre-copy converges (Brier, "Verification of Forecasts Expressed in Terms of
//     Probability", Monthly Weather Review 78, 1950; Hanley and McNeil, "The Meaning and Use of the Area under a
//     Receiver Operating Characteristic Curve", Radiology 143, 1982).
//
// Quantile is that of the empirical distribution: the least value that at least that share of the values does not
// exceed (gonum's stat.Empirical). So the median of four values is the second, here and wherever vmmp shows one.
//
// Migrations of one workload resemble each other, and a model that saw some of them in training knows the rest. Split
// and Folds therefore draw whole groups.
//
// A Baseline is what a model has to beat: the training median, a linear regression, the analytic estimate. Each is a
// point forecast that is given the distribution of its own residuals and freed of its bias, so that it does not lose
// for being a point.
//
// A figure that the data do not define, such as R2 where all values are alike, is NaN, and null in JSON; none is ever
// infinite. Rows in the wrong number are a programmer's error and panic. The same input and seed give the same result.
package evaluate
