"""Searches Pareto fronts with ganas and Optuna, and prints the hypervolume that each reaches.

Usage: fronts.py GANAS RESULTS SEEDS METHOD...

A method is a strategy of `ganas`, or `optuna-nsga2`, `optuna-tpe` or `optuna-random`. Each search is a line
of RESULTS; existing ones are not repeated. Volumes are fractions of the box between the worst and the best
value of each objective: over all cells of NAS-Bench-201, and over 4,000 random networks of Accel-NASBench,
whose front may lie beyond that box.
"""

import itertools
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import optuna
from scipy.stats import wilcoxon

BUDGETS = (25, 50, 100)
ENVIRONMENT = {**os.environ, "RAYON_NUM_THREADS": "1"}
OPERATIONS = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]


def ganas(program, arguments, text=None):
    done = subprocess.run(
        [program, *arguments], input=text, text=True, capture_output=True, env=ENVIRONMENT
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


class Problem:
    """A benchmark with accuracy as the first objective and `metric` as the second."""

    def __init__(self, program, benchmark, dataset, metric, direction, decisions, notation):
        self.program, self.benchmark, self.dataset = program, benchmark, dataset
        self.metric, self.direction = metric, direction
        self.decisions, self.notation = decisions, notation
        self.known = {}

    def points(self, archs):
        """Returns both objectives of each architecture; higher is better."""
        missing = sorted(set(archs) - self.known.keys())
        arguments = ["bench", "query", self.benchmark, "--arch-file", "-", "--json"]
        lines = ganas(self.program, arguments, "\n".join(missing)).splitlines() if missing else []
        for arch, line in zip(missing, lines):
            found = json.loads(line)["results"][self.dataset]
            second = found[self.metric] if self.metric in found else found["costs"][self.metric]
            sign = 1 if self.direction == "maximise" else -1
            self.known[arch] = (found["validation"], sign * second)
        return np.array([self.known[arch] for arch in archs])

    def searched(self, strategy, seed, budget):
        arguments = ["search", self.benchmark, "--dataset", self.dataset, "--strategy", strategy]
        arguments += ["--objective", f"{self.metric}={self.direction}", "--seed", str(seed)]
        arguments += ["--budget", str(budget), "--history", "--json", "--quiet"]
        history = json.loads(ganas(self.program, arguments))["history"]
        return self.points([query["arch"] for query in history])

    def by_optuna(self, sampler, seed, budget):
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        samplers = {
            "nsga2": optuna.samplers.NSGAIISampler,
            "tpe": optuna.samplers.TPESampler,
            "random": optuna.samplers.RandomSampler,
        }
        points = []

        def objective(trial):
            chosen = [trial.suggest_categorical(*decision) for decision in self.decisions]
            points.append(self.points([self.notation(chosen)])[0])
            return tuple(points[-1])

        study = optuna.create_study(
            directions=["maximize", "maximize"], sampler=samplers[sampler](seed=seed)
        )
        study.optimize(objective, n_trials=budget)
        return np.array(points)


def cell(chosen):
    return "|%s~0|+|%s~0|%s~1|+|%s~0|%s~1|%s~2|" % tuple(chosen)


def chain(chosen):
    return ";".join(",".join(map(str, chosen[at : at + 4])) for at in range(0, len(chosen), 4))


def nasbench201(program, dataset):
    decisions = [(f"edge {edge}", OPERATIONS) for edge in range(6)]
    problem = Problem(
        program, "nasbench201", dataset, "latency_seconds", "minimise", decisions, cell
    )
    return problem, problem.points([cell(ops) for ops in itertools.product(OPERATIONS, repeat=6)])


def accel(program, metric, direction):
    decisions = []
    for block in range(7):
        depths = [1, 2, 3, 4] if block == 5 else [1, 2, 3]
        for name, values in (
            ("expansion", [1, 4, 6]),
            ("kernel", [3, 5]),
            ("depth", depths),
            ("squeeze", [0, 1]),
        ):
            decisions.append((f"{name} {block}", values))
    problem = Problem(program, "accel-nasbench", "imagenet", metric, direction, decisions, chain)
    return problem, problem.searched("random", 2**31, 4000)


PROBLEMS = {
    "NAS-Bench-201, CIFAR-10, latency": lambda program: nasbench201(program, "cifar10"),
    "NAS-Bench-201, CIFAR-100, latency": lambda program: nasbench201(program, "cifar100"),
    "Accel-NASBench, latency on ZCU102": lambda program: accel(
        program, "latency_zcu102_ms", "minimise"
    ),
    "Accel-NASBench, throughput on A100": lambda program: accel(
        program, "throughput_a100", "maximise"
    ),
}


def hypervolume(points):
    total = height = 0
    for first, second in sorted(map(tuple, points), reverse=True):
        if first > 0 and second > height:
            total += first * (second - height)
            height = second
    return total


def main(program, path, seeds, methods):
    path = Path(path)
    known = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    found = {(it["problem"], it["method"], it["seed"]): it["hypervolume"] for it in known}
    tables = ganas(program, ["bench", "list"])
    for name, make in PROBLEMS.items():
        if name.startswith("Accel") and "accel-nasbench" in tables:
            line = next(line for line in tables.splitlines() if line.startswith("accel-nasbench"))
            if "not imported" in line:
                print(f"{name}: left out, as the benchmark is not imported")
                continue
        problem, all_points = make(program)
        low, high = all_points.min(0), all_points.max(0)
        for seed, method in itertools.product(range(seeds), methods):
            key = (name, method, seed)
            if key in found:
                continue
            kind, _, sampler = method.partition("-")
            points = (
                problem.by_optuna(sampler, seed, BUDGETS[-1])
                if kind == "optuna"
                else problem.searched(method, seed, BUDGETS[-1])
            )
            shares = (points - low) / (high - low)
            found[key] = [hypervolume(shares[:budget]) for budget in BUDGETS]
            record = {"problem": name, "method": method, "seed": seed, "hypervolume": found[key]}
            with open(path, "a") as file:
                file.write(json.dumps(record) + "\n")
        whole = hypervolume((all_points - low) / (high - low))
        print(f"{name}: the front of what spans the box covers {whole:.4f}")
        for place, budget in enumerate(BUDGETS):
            first = np.array([found[name, methods[0], seed][place] for seed in range(seeds)])
            for method in methods:
                own = np.array([found[name, method, seed][place] for seed in range(seeds)])
                error = own.std(ddof=1) / len(own) ** 0.5 if len(own) > 1 else math.nan
                line = f"  {budget} queries, {method}: {own.mean():.4f} ± {error:.4f}"
                if method != methods[0] and (first != own).any():
                    line += f"; {methods[0]} is ahead in {(first > own).sum()} of {seeds}"
                    line += f", p = {wilcoxon(first, own).pvalue:.1g}"
                print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:])
