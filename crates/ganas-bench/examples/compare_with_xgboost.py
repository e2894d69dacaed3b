#!/usr/bin/env python3
"""Predicts the same genotypes with the same models by xgboost and by ganas, and compares.

Needs `pip install "numpy<1.24" scipy xgboost==1.1.1` and an ensemble in the published layout, whose
pickles xgboost unpickles here: run it on files that you trust.

    compare_with_xgboost.py FOLDER TABLE GENOTYPES

TABLE is what `ganas bench import` made of FOLDER; GENOTYPES has one genotype a line.
"""
import json
import pathlib
import pickle
import subprocess
import sys
import time

import numpy as np
import xgboost

PASSES = 5
HERE = pathlib.Path(__file__).resolve().parent


def fastest(predict, count):
    seconds = []
    for _ in range(PASSES):
        started = time.perf_counter()
        predict()
        seconds.append((time.perf_counter() - started) / count)
    return min(seconds)


def main():
    folder, table, genotypes = sys.argv[1:]
    ours = subprocess.run(
        ["cargo", "run", "--release", "--quiet", "-p", "ganas-bench", "--example",
         "predict_genotypes", "--", str(pathlib.Path(table).resolve())],
        input=pathlib.Path(genotypes).read_text(), text=True, check=True,
        stdout=subprocess.PIPE, cwd=HERE)
    ours = json.loads(ours.stdout)
    rows = np.array(ours["features"], dtype=np.float32)
    members = []
    for path in sorted(pathlib.Path(folder).glob("xgb_*/*/*/surrogate_model.model")):
        with open(path, "rb") as file:
            members.append(pickle.load(file))
    for member in members:
        member.set_param("nthread", 1)

    def one_by_one():
        for row in rows:
            matrix = xgboost.DMatrix(row[None, :])
            np.mean([member.predict(matrix)[0] for member in members])

    def together():
        matrix = xgboost.DMatrix(rows)
        return np.mean([member.predict(matrix) for member in members], axis=0)

    count = len(rows)
    print(f"{count} genotypes, {len(members)} members, one thread; microseconds a genotype")
    print(f"             one at a time  all together")
    print(f"xgboost {xgboost.__version__} {fastest(one_by_one, count) * 1e6:12.1f} {fastest(together, count) * 1e6:13.2f}")
    print(f"ganas         {ours['single_seconds'] * 1e6:12.1f} {ours['batch_seconds'] * 1e6:13.2f}")
    equal = np.sum(together() == np.array(ours["predictions"], dtype=np.float32))
    print(f"{equal} of {count} means are equal bit for bit")


main()
