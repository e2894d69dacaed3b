"""Compares Optuna's samplers with that of ganas on NAS-Bench-201: the regret after 25, 50 and 100 trials.

Usage: compare_samplers.py [SEEDS]

Needs ganas, Optuna and NumPy; Optuna's Gaussian process also needs PyTorch 2 and SciPy.

Each of the six edges is a categorical parameter with five operators. A trial counts even if it repeats an
architecture.
"""

import sys

import numpy as np
import optuna

import ganas
from ganas.optuna import GaNasSampler

OPERATORS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
BUDGETS = (25, 50, 100)
SAMPLERS = {
    "ganas": lambda seed: GaNasSampler(seed=seed),
    "optuna-tpe": lambda seed: optuna.samplers.TPESampler(seed=seed),
    "optuna-gp": lambda seed: optuna.samplers.GPSampler(seed=seed),
    "optuna-random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
}


def regrets(table, sampler):
    def value(trial):
        at = [trial.suggest_categorical(f"edge{edge}", OPERATORS) for edge in range(6)]
        return table.query("|{}~0|+|{}~0|{}~1|+|{}~0|{}~1|{}~2|".format(*at)).value

    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.optimize(value, n_trials=BUDGETS[-1])
    best = np.maximum.accumulate([trial.value for trial in study.trials])
    return [table.optimum - best[budget - 1] for budget in BUDGETS]


def main(seeds):
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    print(f"| | sampler | {' | '.join(map(str, BUDGETS))} |\n|---|---|--:|--:|--:|")
    for dataset in ("cifar10", "cifar100", "imagenet16-120"):
        table = ganas.Benchmark("nasbench201", dataset=dataset)
        for name, make in SAMPLERS.items():
            found = np.array([regrets(table, make(seed)) for seed in range(seeds)])
            errors = found.std(0, ddof=1) / seeds**0.5
            cells = [f"{mean:.3f} ± {error:.3f}" for mean, error in zip(found.mean(0), errors)]
            print(f"| {dataset} | `{name}` | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
