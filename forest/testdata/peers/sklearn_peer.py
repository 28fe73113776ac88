"""The peer scikit-learn of TestBenchPeers; measure.py says how it is called."""
import pickle

import sklearn
from sklearn.ensemble import RandomForestRegressor

import measure

ROWS = 100

x, y = measure.read("train")
model = RandomForestRegressor(
    n_estimators=measure.TREES,
    max_features=1.0,
    bootstrap=True,
    n_jobs=measure.THREADS,
    random_state=measure.SEED,
)
fit = measure.seconds(model.fit, x, y)
peak = measure.peak_bytes()

x, y = measure.read("test")
r2 = measure.r2(y, model.predict(x))
batch = measure.batch_rows_per_second(model.predict, x)
row = measure.row_seconds(model.predict, x, ROWS)
# Starting threads for a single row takes longer than they save: the better counts.
model.set_params(n_jobs=1)
row = min(row, measure.row_seconds(model.predict, x, ROWS))

measure.report(
    version=sklearn.__version__,
    fit_seconds=fit,
    peak_bytes=peak,
    r2=r2,
    row_seconds=row,
    batch_rows_per_second=batch,
    model_bytes=len(pickle.dumps(model)),
)
