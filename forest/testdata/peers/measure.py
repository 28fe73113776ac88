"""What the peers in Python share: the job, the clock and the report.

A peer is called with FOLDER COLUMNS TREES THREADS SEED. FOLDER holds train-x.f32,
train-y.f32, test-x.f32 and test-y.f32: float32, little endian, row by row. It
prints its report as JSON, in seconds and bytes.
"""
import json
import statistics
import sys
import time

import numpy

FOLDER = sys.argv[1]
COLUMNS, TREES, THREADS, SEED = map(int, sys.argv[2:6])

# What is soon over is timed more often: so short a time catches every disturbance.
LEAST_PASSES = 3
LEAST_SECONDS = 0.5


def read(part):
    x = numpy.fromfile(f"{FOLDER}/{part}-x.f32", "<f4").reshape(-1, COLUMNS)
    return x, numpy.fromfile(f"{FOLDER}/{part}-y.f32", "<f4").astype("f8")


def seconds(call, *arguments):
    start = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - start


def row_seconds(predict, x, rows):
    """The median over the first rows of x, each asked about by itself."""
    return statistics.median(seconds(predict, x[i : i + 1]) for i in range(rows))


def batch_rows_per_second(predict, x):
    took = []
    while len(took) < LEAST_PASSES or sum(took) < LEAST_SECONDS:
        took.append(seconds(predict, x))
    return len(x) / statistics.median(took)


def r2(y, predicted):
    return 1 - float(((y - predicted) ** 2).sum() / ((y - y.mean()) ** 2).sum())


def peak_bytes():
    """The most memory this process has had so far. getrusage would count what its
    parent had before the start of this program."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def report(**figures):
    json.dump(figures, sys.stdout)
