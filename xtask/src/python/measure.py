"""Measures the package that is installed: figures with their bounds, one a line."""

import statistics
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import ganas

COMMAND = str(Path(sysconfig.get_path("scripts")) / "ganas")
IMPORT = "import time; began = time.perf_counter(); import ganas; print(time.perf_counter() - began)"
SEARCH = """
import ganas
study = ganas.Study(ganas.Benchmark("nasbench201"), budget=100)
study.optimize()
print(study.best.arch)
"""
DRIVEN = """
import ganas
table = ganas.Benchmark("nasbench201")
study = ganas.Study(ganas.Space("nasbench201"), budget=100)
study.optimize(lambda trial: table.query(trial.arch))
print(study.best.arch)
"""
missed = []


def show(name, found, bound, unit):
    if found > bound:
        missed.append(name)
    print(f"{name}: {found:.4g} {unit}, at most {bound:.4g}{'' if found <= bound else ': missed'}")


def seconds(*words):
    began = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True)
    return time.perf_counter() - began


def fastest(work, times=7):
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)


def imports():
    words = [sys.executable, "-c", IMPORT]
    found = [float(subprocess.check_output(words)) for _ in range(11)]
    show("import ganas, median of 11", 1e3 * statistics.median(found), 100, "ms")


def searches():
    """In turns, so that what else the machine does falls on all alike."""
    runs = {"command": [COMMAND, "search", "nasbench201", "--budget", "100", "--quiet", "--json"]}
    runs["python"] = [sys.executable, "-c", SEARCH]
    runs["a function of Python"] = [sys.executable, "-c", DRIVEN]
    found = {name: [] for name in runs}
    for _ in range(7):
        for name, words in runs.items():
            found[name].append(seconds(*words))
    least = {name: min(times) for name, times in found.items()}
    print(f"100 queries of NAS-Bench-201 by the command: {least.pop('command'):.3f} s")
    for name, time_of in least.items():
        more = 100 * (time_of / min(found["command"]) - 1)
        show(f"100 queries by {name}, {time_of:.3f} s, above the command's", more, 5, "%")


def queries():
    table = ganas.Benchmark("nasbench201")
    archs = table.space.sample(100_000)
    texts = [str(arch) for arch in archs]
    table.query(archs)
    show("query of 100,000 architectures in one call", fastest(lambda: table.query(archs)), 0.1, "s")
    print(f"the same of their texts: {fastest(lambda: table.query(texts), 3):.3f} s")
    query = table.query

    def one_by_one():
        for arch in archs:
            query(arch)

    alone = fastest(lambda: table.query(archs))
    each = 1e6 * (fastest(one_by_one) - alone) / len(archs)
    show("query one by one, beyond that of one call, each", each, 3, "µs")


imports()
queries()
searches()
if missed:
    sys.exit(f"missed: {', '.join(missed)}")
