"""The peer XGBoost of TestBenchPeers; measure.py says how it is called.

Its random forest draws rows without replacement: 0.632 of them are as many as a
bootstrap has different ones. Trees grow fully: a split needs no gain to speak of
and no weight on its sides, leaves are not shrunk, and 64 levels are more than any
tree has. tree_method exact tries the same splits as the other programs, and is
faster here than hist, whose histograms have more bins than most nodes have rows.
"""
import xgboost

import measure

ROWS = 1000

x, y = measure.read("train")
model = xgboost.XGBRFRegressor(
    n_estimators=measure.TREES,
    learning_rate=1,
    subsample=0.632,
    colsample_bynode=1,
    tree_method="exact",
    max_depth=64,
    min_child_weight=0,
    gamma=0,
    reg_lambda=0,
    base_score=float(y.mean()),
    n_jobs=measure.THREADS,
    random_state=measure.SEED,
)
fit = measure.seconds(model.fit, x, y)
peak = measure.peak_bytes()

x, y = measure.read("test")
booster = model.get_booster()
r2 = measure.r2(y, booster.inplace_predict(x))
batch = measure.batch_rows_per_second(booster.inplace_predict, x)
row = measure.row_seconds(booster.inplace_predict, x, ROWS)
# A second thread does not help with a single row: the better counts.
booster.set_param({"nthread": 1})
row = min(row, measure.row_seconds(booster.inplace_predict, x, ROWS))

measure.report(
    version=xgboost.__version__,
    fit_seconds=fit,
    peak_bytes=peak,
    r2=r2,
    row_seconds=row,
    batch_rows_per_second=batch,
    model_bytes=len(booster.save_raw("ubj")),
)
