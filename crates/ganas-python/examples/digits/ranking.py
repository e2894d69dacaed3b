"""How well a super-network ranks architectures, and what those are worth that it picks.

Usage, where ganas, PyTorch and scikit-learn are installed: ranking.py FOLDER [SEEDS]

It trains 100 architectures alone, and for each seed a super-network, which evaluates the same 100; then the one
that it picks is trained again, one drawn at random, and the largest, each with that seed. What is measured is
kept in FOLDER, so that it resumes where it was ended.
"""

import pathlib
import random
import sys
import time

import torch
from digits import SPACE, Shuffled, batches, kept, load, train
from scipy.stats import kendalltau, ttest_rel

from ganas.torch import Supernet, build

COUNT = 100
STEPS = 4_000


def alone(arch, seed, held):
    """What an architecture is worth that is trained alone: on validation data, or on test data."""
    torch.manual_seed(seed)
    return train(build(arch), TRAINING, held, seed)


def ranked(archs, seed):
    """What a super-network of this seed says of the architectures, and the seconds that it took."""
    started = time.perf_counter()
    supernet = Supernet(SPACE, Shuffled(*TRAINING, seed), VALIDATION, seed=seed)
    supernet.train(STEPS)
    trained = time.perf_counter()
    values = [supernet.evaluate(arch) for arch in archs]
    return {"values": values, "seconds": [trained - started, time.perf_counter() - trained]}


def tau_with_error(alone_values, shared):
    """Kendall's tau and its standard error by the bootstrap over architectures."""
    draws = random.Random(0)
    taus = []
    for _ in range(1_000):
        chosen = draws.choices(range(len(shared)), k=len(shared))
        taus.append(kendalltau([alone_values[i] for i in chosen], [shared[i] for i in chosen])[0])
    mean = sum(taus) / len(taus)
    error = (sum((tau - mean) ** 2 for tau in taus) / (len(taus) - 1)) ** 0.5
    return kendalltau(alone_values, shared)[0], error


def main(folder, seeds):
    folder.mkdir(parents=True, exist_ok=True)
    archs = list({arch.hash: arch for arch in SPACE.sample(3 * COUNT, seed=1)}.values())[:COUNT]
    assert len(archs) == COUNT
    largest = max(archs, key=lambda arch: arch.costs["params"])
    values = [
        kept(folder / f"alone-{place}.json", lambda: alone(arch, 0, VALIDATION))
        for place, arch in enumerate(archs)
    ]
    found = {"picked": [], "random": [], "largest": []}
    for seed in range(seeds):
        shared = kept(folder / f"shared-{seed}.json", lambda: ranked(archs, seed))
        tau, error = tau_with_error(values, shared["values"])
        picked = shared["values"].index(max(shared["values"]))
        others = {
            "picked": archs[picked],
            "random": random.Random(seed).choice(archs),
            "largest": largest,
        }
        for name, arch in others.items():
            found[name].append(kept(folder / f"{name}-{seed}.json", lambda: alone(arch, 100 + seed, TEST)))
        row = " ".join(f"{name} {found[name][-1]:.2f}" for name in found)
        print(f"seed {seed}: tau {tau:.3f} +- {error:.3f}, {row}, {shared['seconds']}", flush=True)
    again = [
        kept(folder / f"again-{place}.json", lambda: alone(arch, 1, VALIDATION))
        for place, arch in enumerate(archs)
    ]
    print(f"two trainings of each alone: tau {tau_with_error(values, again)}")
    for name in ("random", "largest"):
        test = ttest_rel(found["picked"], found[name], alternative="greater")
        print(f"picked over {name}: p = {test.pvalue:.2g}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    TRAINING, VALIDATION, TEST = (
        load("training"), batches(*load("validation")), batches(*load("test"))
    )
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 12)
