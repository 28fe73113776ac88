#!/usr/bin/python3
"""Writes the reference values that TestParity compares the forest with.

Run in this folder:

    apt-get update && apt-get install python3-sklearn
    /usr/bin/python3 parity.py

It writes two data sets, friedman1-{train,test}.csv and noisy-{train,test}.csv
(the features of a row, then its target), and parity.json: the R2 that
scikit-learn's RandomForestRegressor reaches on the test rows, averaged over
its random_state 0 to 29, for several settings, and the versions that did so.

friedman1 is the first problem of Friedman (1991) with noise 1; in noisy, four
features of different kinds explain about four fifths of the variance. Values are
rounded before they are used, so that both programs see what the files say.
"""
import json
import platform

import numpy
import sklearn
from sklearn.datasets import make_friedman1
from sklearn.ensemble import RandomForestRegressor

TREES = 100
SEEDS = range(30)
SETTINGS = [
    {},
    {"max_features": 3},
    {"min_samples_leaf": 5},
    {"max_features": 3, "min_samples_leaf": 5},
    {"max_depth": 6},
    {"bootstrap": False, "max_features": 3},
]


def friedman1():
    x, y = make_friedman1(n_samples=2000, n_features=10, noise=1, random_state=1)
    return x.round(4), y.round(3), 1000


def noisy():
    random = numpy.random.RandomState(2)
    n = 1000
    load = random.uniform(0, 100, n).round(1)
    share = random.beta(2, 3, n).round(2)
    rate = random.lognormal(3, 1, n).round(0)
    kind = random.randint(0, 3, n)
    y = 100 + load * share + 8 * numpy.log1p(rate) * kind + random.normal(0, 12, n)
    return numpy.column_stack([load, share, rate, kind]), y.round(2), 800


def score(train, test, setting):
    scores = []
    for seed in SEEDS:
        model = RandomForestRegressor(n_estimators=TREES, random_state=seed, n_jobs=-1, **setting)
        model.fit(*train)
        scores.append(model.score(*test))
    return round(float(numpy.mean(scores)), 5), round(float(numpy.std(scores)), 5)


def main():
    cases = []
    for name, (x, y, n) in [("friedman1", friedman1()), ("noisy", noisy())]:
        for part, rows in [("train", slice(0, n)), ("test", slice(n, None))]:
            table = numpy.column_stack([x[rows], y[rows]])
            numpy.savetxt(f"{name}-{part}.csv", table, fmt="%.6g", delimiter=",")
        for setting in SETTINGS:
            r2, deviation = score((x[:n], y[:n]), (x[n:], y[n:]), setting)
            cases.append({"data": name, "setting": setting, "r2": r2, "deviation": deviation})
    versions = {"python": platform.python_version(), "numpy": numpy.__version__, "sklearn": sklearn.__version__}
    with open("parity.json", "w") as f:
        json.dump({"versions": versions, "trees": TREES, "cases": cases}, f, indent=1)
        f.write("\n")


main()
