"""Measures how well a super-network ranks architectures, and how good its choices are.

Usage: ranking.py FOLDER [SEEDS]; needs ganas, PyTorch and scikit-learn.

The program trains 100 architectures alone and, for each seed, a super-network that evaluates the same 100.
Then it trains some of them again, with another seed, and tests them: the super-network's choice, a random
one, and the largest; also the best of the super-network's first five and the best of five random ones,
according to their own training runs. FOLDER keeps the measurements, so an interrupted run can be resumed.
"""

import pathlib
import random
import sys
import time

import torch
from digits import SPACE, Shuffled, kept, load_all, mean_and_error, train
from scipy.stats import kendalltau, ttest_rel

from ganas.torch import Supernet, build

COUNT = 100
STEPS = 4_000
PAIRS = [
    ("picked", "random"),
    ("picked", "largest"),
    ("best of 5 picked", "best of 5 random"),
    ("best of 5 picked", "largest"),
]


def alone(arch, seed, held):
    """Trains an architecture alone and returns its accuracy on validation or test data."""
    torch.manual_seed(seed)
    return train(build(arch), TRAINING, held, seed)


def ranked(archs, seed):
    """Returns the accuracies that a super-network with this seed predicts, and how many seconds it took to
    train and to evaluate.
    """
    started = time.perf_counter()
    supernet = Supernet(SPACE, Shuffled(*TRAINING, seed), VALIDATION, seed=seed)
    supernet.train(STEPS)
    trained = time.perf_counter()
    values = [supernet.evaluate(arch) for arch in archs]
    return {"values": values, "seconds": [trained - started, time.perf_counter() - trained]}


def tau_with_error(alone_values, shared):
    """Returns Kendall's tau and its standard error, computed by a bootstrap over the architectures."""
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
    found = {}
    for seed in range(seeds):
        shared = kept(folder / f"shared-{seed}.json", lambda: ranked(archs, seed))
        tau, error = tau_with_error(values, shared["values"])
        print(f"seed {seed}: tau {tau:.3f} +- {error:.3f}, seconds {shared['seconds']}", flush=True)
        order = sorted(range(COUNT), key=lambda place: -shared["values"][place])
        drawn = random.Random(seed).sample(range(COUNT), 5)
        chosen = {
            "picked": order[0],
            "random": drawn[0],
            "best of 5 picked": max(order[:5], key=lambda place: values[place]),
            "best of 5 random": max(drawn, key=lambda place: values[place]),
            "largest": archs.index(largest),
        }
        for name, place in chosen.items():
            path = folder / f"test-{seed}-{place}.json"
            value = kept(path, lambda: alone(archs[place], 100 + seed, TEST))
            found.setdefault(name, []).append(value)
    for name, accuracies in found.items():
        print(f"{name}: test accuracy {mean_and_error(accuracies)}")
    params = tau_with_error(values, [arch.costs["params"] for arch in archs])
    print("parameters: tau {:.3f} +- {:.3f}".format(*params))
    for one, other in PAIRS:
        test = ttest_rel(found[one], found[other], alternative="greater")
        print(f"{one} over {other}: p = {test.pvalue:.2g}")
    again = [
        kept(folder / f"again-{place}.json", lambda: alone(arch, 1, VALIDATION))
        for place, arch in enumerate(archs)
    ]
    tau, error = tau_with_error(values, again)
    print(f"two training runs of each alone: tau {tau:.3f} +- {error:.3f}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    TRAINING, VALIDATION, TEST = load_all()
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 12)
