"""Compares three ways to search on a small budget with a network built by hand, on scikit-learn's digits.

Usage: ways.py FOLDER [SEEDS]; needs ganas, PyTorch and scikit-learn.

No network may have more parameters than the one built by hand. The first way trains every candidate, the
second stops training runs that fall behind, and the third evaluates candidates with a super-network. Each
network found is trained again with another seed and tested on images that no search has seen. FOLDER keeps
the measurements, so an interrupted run can be resumed.
"""

import pathlib
import statistics
import sys
import time

import torch
from digits import EPOCHS, SPACE, Shuffled, accuracy, kept, load_all, mean_and_error, train

import ganas
from ganas.torch import Supernet, build

BY_HAND = SPACE.parse("@residual")
LIMITS = {"params": BY_HAND.costs["params"]}
TRAININGS = 20
STEPS = 4_000
EVALUATIONS = 200


def every_candidate(seed, stopping=None):
    """Searches by training the candidates; if a stopping rule is given, stops those that fall behind."""

    def measure(trial):
        def report(epoch, value):
            trial.report(epoch, value)
            return trial.should_stop()

        torch.manual_seed(trial.seed)
        reports = None if stopping is None else report
        return train(build(trial.arch), TRAINING, VALIDATION, trial.seed, report=reports)

    study = ganas.Study(SPACE, budget=TRAININGS, seed=seed, max=LIMITS, stopping=stopping)
    study.optimize(measure)
    return study


def early_stopping(seed):
    return every_candidate(seed, f"{EPOCHS}/median")


def weight_sharing(seed):
    supernet = Supernet(SPACE, Shuffled(*TRAINING, seed), VALIDATION, seed=seed)
    supernet.train(STEPS)
    study = ganas.Study(SPACE, budget=EVALUATIONS, seed=seed, max=LIMITS)
    study.optimize(supernet.evaluate)
    return study


WAYS = {
    "every candidate trained": every_candidate,
    "stopped early": early_stopping,
    "super-network": weight_sharing,
}


def found(search, seed):
    """Returns the result of one way: queries, processor seconds, and the test accuracy of its best network,
    trained again.
    """
    started = time.process_time()
    study = search(seed)
    seconds = time.process_time() - started
    arch = study.best.arch
    return {
        "arch": str(arch), "queries": study.queries, "seconds": seconds, "test": tested(arch, seed)
    }


def tested(arch, seed):
    torch.manual_seed(1_000 + seed)
    network = build(arch)
    train(network, TRAINING, VALIDATION, 1_000 + seed)
    return accuracy(network, TEST)


def main(folder, seeds):
    folder.mkdir(parents=True, exist_ok=True)
    rows = {"built by hand": []}
    for seed in range(seeds):
        by_hand = lambda: {"queries": 0, "seconds": 0, "test": tested(BY_HAND, seed)}
        rows["built by hand"].append(kept(folder / f"hand-{seed}.json", by_hand))
        for name, search in WAYS.items():
            path = folder / f"{search.__name__}-{seed}.json"
            rows.setdefault(name, []).append(kept(path, lambda: found(search, seed)))
            print(name, rows[name][-1], file=sys.stderr, flush=True)
    print("| way | queries | seconds | test accuracy % | over the one by hand |\n|---|--:|--:|--:|--:|")
    for name, runs in rows.items():
        gains = [run["test"] - hand["test"] for run, hand in zip(runs, rows["built by hand"])]
        cells = [
            f"{statistics.mean(run['queries'] for run in runs):.0f}",
            f"{statistics.mean(run['seconds'] for run in runs):.0f}",
            mean_and_error([run["test"] for run in runs]),
            mean_and_error(gains),
        ]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    torch.set_num_threads(1)
    TRAINING, VALIDATION, TEST = load_all()
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10)
