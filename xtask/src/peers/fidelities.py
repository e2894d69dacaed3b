"""Searches with cheap training runs before full ones, and prints the savings.

Usage: fidelities.py GANAS RESULTS SEEDS METHOD...

A method is a strategy of `ganas` with full training runs, STRATEGY@RULE/REDUCTION with cheap ones first, or
`optuna-tpe@PRUNER`. The first method is the reference at full fidelity; the second is compared with all
others. Each search is a line of RESULTS; existing ones are not repeated. Tables are made from the shared
data in the folder GANAS_SHARED_DATA.

Costs are simulated seconds of training. NAS-Bench-201 has results after 12 and after 200 epochs from
separate training runs, so 12 epochs are charged as 12 ∕ 200 of the seconds of a full training run, and a promotion
in full. The surrogate of NAS-Bench-101 predicts results after 12, 36 and 108 epochs, charged likewise.
"""

import csv
import gzip
import hashlib
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import optuna

FIRST_SEED = 2000
SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)
MARKS = (50, 100)
SHARED = Path(os.environ.get("GANAS_SHARED_DATA", Path(__file__).parents[3] / "shared/data"))
SPACES = Path("crates/ganas-graph/examples/spaces")

EDGES = ("0-1", "0-2", "1-2", "0-3", "1-3", "2-3")
OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
VERTICES = ("conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3")


class Cells201:
    """NAS-Bench-201: mean of the seeds after 200 epochs, one seed after 12; isomorphic cells count once."""

    space, rungs = "nasbench201.toml", (12, 200)

    def __init__(self, dataset):
        self.known, rows = {}, []
        with gzip.open(SHARED / "nb201/nb201.csv.gz", "rt") as file:
            for row in csv.DictReader(file):
                seeds = [row[f"{dataset}_val_200_s{seed}"] for seed in range(3)]
                whole = np.mean([float(value) for value in seeds if value])
                seconds = float(row[f"{dataset}_train_s_200"])
                operations = tuple(re.findall(r"\|([a-z0-9_]+)~", row["arch_str"]))
                rows.append((operations, int(row["canonical_index"]), whole, seconds))
                rows[-1] += (float(row[f"{dataset}_val_12"]),)
        classes = {}
        for operations, of, *numbers in rows:
            classes.setdefault(of, []).append(numbers)
        for operations, of, *_ in rows:
            whole, seconds, low = np.mean(classes[of], axis=0)
            results = {12: (low, seconds * 12 / 200), 200: (whole, seconds)}
            self.known[operations] = (of, results)

    def write(self, path):
        with open(path, "w", newline="") as file:
            table = csv.writer(file)
            names = [f"cell.{edge}.operator" for edge in EDGES]
            table.writerow([*names, "value", "train_seconds", "fidelity"])
            for operations, (_, results) in self.known.items():
                for rung, (value, seconds) in results.items():
                    table.writerow([*operations, value, seconds, rung])

    def suggest(self, trial):
        """Returns the identity and the results of Optuna's choice."""
        return self.known[tuple(trial.suggest_categorical(edge, OPERATIONS) for edge in EDGES)]


class Cells101:
    """The surrogate of NAS-Bench-101, for all 423,624 cells."""

    space, rungs = "nasbench101.toml", (12, 36, 108)

    def __init__(self):
        whole = np.load(SHARED / "nb101/nb101_surrogate.npz")
        low = np.load(SHARED / "nb101/nb101_surrogate_low_budgets.npz")
        self.graphs = [whole[name] for name in ("n_vertices", "adj_bits", "ops")]
        self.values = {108: whole["surrogate_val_108_e5"] / 1e3}
        self.values |= {rung: low[f"surrogate_val_{rung}_e4"] / 1e2 for rung in self.rungs[:-1]}
        self.seconds = whole["surrogate_train_s_e1"] / 10
        hashes = whole["hash"]
        self.rows = {hashes[row].tobytes().hex(): row for row in range(len(hashes))}

    def results(self, row):
        seconds = float(self.seconds[row])
        rungs = reversed(self.rungs)
        return {rung: (float(self.values[rung][row]), seconds * rung / 108) for rung in rungs}

    def write(self, path):
        with open(path, "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["arch", "value", "train_seconds", "fidelity"])
            for row in range(len(self.seconds)):
                for rung, (value, seconds) in self.results(row).items():
                    table.writerow([self.notation(row), value, seconds, rung])

    def notation(self, row):
        count, bits, vertices = (column[row].tolist() for column in self.graphs)

        def sources(vertex):
            start = vertex * (vertex - 1) // 2
            fed = [source for source in range(vertex) if bits >> (start + source) & 1]
            return ", ".join("input" if source == 0 else str(source) for source in fed)

        inner = range(1, count - 1)
        parts = [f"{it} = {VERTICES[vertices[it - 1]]}({sources(it)})" for it in inner]
        return "cell{" + "; ".join([*parts, f"output = concatenation({sources(count - 1)})"]) + "}"

    def suggest(self, trial):
        matrix = np.zeros((7, 7), int)
        for source, vertex in zip(*np.triu_indices(7, 1)):
            matrix[source, vertex] = trial.suggest_categorical(f"{source}-{vertex}", (0, 1))
        labels = [-1, *(trial.suggest_categorical(f"{it}", (0, 1, 2)) for it in range(5)), -2]
        reach = np.linalg.matrix_power(matrix + np.eye(7, dtype=int), 6) > 0
        kept = np.flatnonzero(reach[0] & reach[:, 6])
        matrix, labels = matrix[np.ix_(kept, kept)], [labels[it] for it in kept]
        if len(kept) < 2 or matrix.sum() > 9:
            raise optuna.TrialPruned
        row = self.rows[identity(matrix, labels)]
        return row, self.results(row)


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def identity(matrix, labels):
    """Returns the hash of NAS-Bench-101's `graph_util.hash_module`."""
    degrees = zip(matrix.sum(1).tolist(), matrix.sum(0).tolist(), labels)
    hashes = [md5(str(vertex)) for vertex in degrees]
    for _ in labels:
        before = hashes
        sides = [
            ["".join(sorted(before[other] for other in np.flatnonzero(fed))) for fed in (matrix[:, it], matrix[it])]
            for it in range(len(labels))
        ]
        hashes = [md5(f"{fed}|{feeds}|{own}") for (fed, feeds), own in zip(sides, before)]
    return md5(str(sorted(hashes)))


PROBLEMS = {
    "cifar10": (lambda: Cells201("c10"), (12, 200)),
    "cifar100": (lambda: Cells201("c100"), (12, 200)),
    "imagenet16-120": (lambda: Cells201("in"), (12, 200)),
    "nb101-surrogate, 12": (Cells101, (12, 108)),
    "nb101-surrogate, 36": (Cells101, (36, 108)),
}


class Problem:
    """A user's benchmark with results at several fidelities."""

    def __init__(self, program, folder, name):
        make, self.rungs = PROBLEMS[name]
        self.cells = make()
        self.name, self.program = re.sub(r", \d+$", "", name), program
        self.environment = {**os.environ, "GANAS_DATA": str(folder), "RAYON_NUM_THREADS": "1"}
        if not (folder / "tables" / f"{self.name}.table").exists():
            path = folder / f"{self.name}.csv"
            self.cells.write(path)
            space = SPACES / self.cells.space
            self.ganas("bench", "import", "table", path, "--space", space, "--name", self.name)
            path.unlink()
        found = self.ganas("search", self.name, "--strategy", "random", "--budget", "1", "--json")
        self.optimum = json.loads(found)["optimum"]["validation"]

    def ganas(self, *arguments):
        command = [self.program, *map(str, arguments)]
        done = subprocess.run(command, text=True, capture_output=True, env=self.environment)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: {done.stderr}")
        return done.stdout

    def by_ganas(self, method, seed, limit):
        """Returns the seconds and the value of each evaluation; `None` below the top."""
        strategy, _, rule = method.partition("@")
        arguments = ["search", self.name, "--strategy", strategy, "--seed", seed, "--json", "--quiet"]
        arguments += ["--history"]
        if rule:
            rungs = ",".join(map(str, self.rungs))
            arguments += ["--fidelity", f"epochs={rungs}/{rule}"]
        if limit is None:
            arguments += ["--budget", MARKS[-1]]
        else:
            # Nothing is better than the optimum, so later evaluations do not count.
            arguments += ["--budget", 2000, "--max-train-seconds", limit, "--until-optimum"]
        history = json.loads(self.ganas(*arguments))["history"]
        value = lambda it: None if "rung" in it else it["validation"]
        return [(it["train_seconds"], value(it)) for it in history]

    def by_optuna(self, pruner, seed, limit):
        """Searches with Optuna; a repeated evaluation costs nothing."""
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        least, most = self.rungs
        pruners = {
            "hyperband": lambda: optuna.pruners.HyperbandPruner(least, most, 4),
            "halving": lambda: optuna.pruners.SuccessiveHalvingPruner(least, reduction_factor=4),
            "median": lambda: optuna.pruners.MedianPruner(),
            "none": lambda: optuna.pruners.NopPruner(),
        }
        evaluations, asked = [], set()
        spent = 0.0

        def objective(trial):
            nonlocal spent
            of, results = self.cells.suggest(trial)
            for rung in self.rungs:
                if pruner == "none" and rung != most:
                    continue
                value, seconds = results[rung]
                if (of, rung) not in asked:
                    asked.add((of, rung))
                    spent += seconds
                    evaluations.append((seconds, value if rung == most else None))
                if rung == most:
                    if spent >= limit or value >= self.optimum:
                        study.stop()
                    return value
                trial.report(value, rung)
                if trial.should_prune():
                    if spent >= limit:
                        study.stop()
                    raise optuna.TrialPruned

        sampler = optuna.samplers.TPESampler(seed=seed)
        study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruners[pruner]())
        study.optimize(objective, n_trials=MOST_TRIALS)
        return evaluations

    def searched(self, method, seed, limit):
        """Returns each new best of a search up to a limit in seconds, or else in training runs."""
        by = self.by_optuna if method.startswith("optuna") else self.by_ganas
        evaluations = by(method.removeprefix("optuna-tpe@"), seed, limit)
        seconds = np.cumsum([seconds for seconds, _ in evaluations])
        better, best = [], -math.inf
        for after, (_, value) in zip(seconds, evaluations):
            if value is not None and value > best:
                best = value
                better.append((float(after), self.optimum - value))
        marks = {} if limit else {str(mark): float(seconds[mark - 1]) for mark in MARKS}
        return {"better": better, "marks": marks}


MOST_TRIALS = 4000


def regret(found, seconds):
    """Returns the regret after this many seconds; 100 points before the first result."""
    within = [value for after, value in found["better"] if after <= seconds]
    return within[-1] if within else 100.0


def reached(found, value):
    """Returns the seconds after which the regret was this small."""
    return next((after for after, regret in found["better"] if regret <= value + 1e-9), math.inf)


def sign_flip(differences):
    """Returns p of Fisher's two-sided test ("The design of experiments", 1935), by 20,000 sign flips."""
    differences = np.asarray(differences)
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (19_999, len(differences)))
    far = np.abs(signs @ differences) >= abs(differences.sum()) * (1 - 1e-9)
    return (far.sum() + 1) / 20_000


def mean(values):
    values = np.asarray(values)
    return f"{values.mean():.3f} ± {values.std(ddof=1) / len(values) ** 0.5:.3f}"


def report(name, found, methods, seeds):
    """Returns `found` by method and seed."""
    full, own = methods[:2]
    unit = np.mean([found[full, seed]["marks"]["100"] for seed in seeds])
    shares = " | ".join(f"{share:g}" for share in SHARES)
    print(f"\n## {name}\n\nRegret after fractions of {unit:.0f} s, the time of 100 full training runs of `{full}`.\n")
    print(f"| | {shares} |\n|---|{'--:|' * len(SHARES)}")
    for method in methods:
        row = []
        for share in SHARES:
            of = lambda method: np.array([regret(found[method, s], share * unit) for s in seeds])
            p = "" if method == own else f", p = {sign_flip(of(method) - of(own)):.4f}"
            row.append(mean(of(method)) + p)
        print(f"| `{method}` | {' | '.join(row)} |")
    print(f"\n| training runs | regret of `{full}` | of `{own}` in half of the seconds | p | share of seconds to the same regret, mean, median | p, less than half |")
    print("|--:|--:|--:|--:|--:|--:|")
    for mark in MARKS:
        seconds = np.array([found[full, seed]["marks"][str(mark)] for seed in seeds])
        before = np.array([regret(found[full, s], at) for s, at in zip(seeds, seconds)])
        half = np.array([regret(found[own, s], at / 2) for s, at in zip(seeds, seconds)])
        shares = [reached(found[own, s], r) / at for s, r, at in zip(seeds, before, seconds)]
        # A value that was not reached counts as three times the seconds.
        shares = np.minimum(shares, 3.0)
        print(
            f"| {mark} | {mean(before)} | {mean(half)} | {sign_flip(before - half):.4f} "
            f"| {mean(shares)}, {np.median(shares):.2f} | {sign_flip(shares - 0.5):.5f} |",
            flush=True,
        )


def main(program, path, seeds, methods):
    path = Path(path)
    known = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    found = {(it["problem"], it["method"], it["seed"]): it for it in known}
    seeds = range(FIRST_SEED, FIRST_SEED + seeds)
    for name in PROBLEMS:
        problem = None
        rivals = [(seed, method) for seed in seeds for method in methods[1:]]
        for seed, method in [*((seed, methods[0]) for seed in seeds), *rivals]:
            if (name, method, seed) in found:
                continue
            problem = problem or Problem(program, path.parent, name)
            whole = [found[name, methods[0], seed] for seed in seeds if method != methods[0]]
            limit = 1.1 * np.mean([it["marks"]["100"] for it in whole]) if whole else None
            line = {"problem": name, "method": method, "seed": seed}
            line |= problem.searched(method, seed, limit)
            found[name, method, seed] = line
            with open(path, "a") as file:
                file.write(json.dumps(line) + "\n")
        of = {(method, seed): found[name, method, seed] for method in methods for seed in seeds}
        report(name, of, methods, seeds)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:])
