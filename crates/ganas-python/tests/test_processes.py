"""Threads, signals, forks, other processes, and the command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from conftest import Run

import ganas

posix = pytest.mark.skipif(os.name != "posix", reason="signals and forks of POSIX")

SLOW = """
import os, sys, time, ganas
def train(trial):
    # In one piece, whatever other threads print.
    os.write(1, f"{trial.number}\\n".encode())
    if trial.number == 5:
        time.sleep(60)
    return float(sum(trial.arch.choices))
study = ganas.Study(
    ganas.Space("nasbench201"), strategy="evolution", budget=12, directory=sys.argv[1]
)
study.optimize(train, workers=int(sys.argv[2]))
"""


def value(trial: ganas.Trial) -> float:
    return float(sum(trial.arch.choices))


def begin(program: str, *arguments: object) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdout is not None
    while (read := process.stdout.readline()) != "":
        if read.strip() == line:
            return
    raise AssertionError(process.communicate())


def whole() -> list[ganas.Arch]:
    study = ganas.Study(ganas.Space("nasbench201"), strategy="evolution", budget=12)
    study.optimize(value)
    return [it.arch for it in study.trials]


def test_other_threads_run_while_a_search_does(table: ganas.Benchmark) -> None:
    study = ganas.Study(table, budget=60)
    counted = 0
    ended = threading.Event()

    def search() -> None:
        study.optimize()
        ended.set()

    thread = threading.Thread(target=search)
    thread.start()
    while not ended.is_set():
        counted += 1
        time.sleep(0.001)
        # What is on the disk can be looked at, too.
        if counted % 50 == 0:
            assert len(study.trials) <= 60
    thread.join()
    assert counted > 100, "the search took a second or so"


def test_other_threads_run_while_a_strategy_thinks() -> None:
    study = ganas.Study(ganas.Space("nasbench201"), budget=60)
    counted = 0
    thread = threading.Thread(target=lambda: study.optimize(value))
    thread.start()
    longest, last = 0.0, time.perf_counter()
    while thread.is_alive():
        counted += 1
        time.sleep(0.001)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    assert counted > 50 and longest < 0.5


@posix
@pytest.mark.parametrize("workers", [1, 3])
def test_the_study_is_whole_after_ctrl_c(tmp_path: Path, workers: int) -> None:
    process = begin(SLOW, tmp_path / "s", workers)
    wait_for(process, "5")
    process.send_signal(signal.SIGINT)
    if workers > 1:
        # The first waits for what is being evaluated; and what sleeps does not listen.
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in errors
    assert process.returncode != 0
    with ganas.Study.open(tmp_path / "s") as study:
        study.optimize(value)
        assert [it.arch for it in study.trials] == whole()


@posix
def test_ctrl_c_ends_what_listens(tmp_path: Path) -> None:
    program = SLOW.replace(
        "time.sleep(60)",
        "\n        while not trial.should_stop(): time.sleep(0.01)",
    )
    process = begin(program, tmp_path / "s", 3)
    wait_for(process, "5")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in errors
    with ganas.Study.open(tmp_path / "s") as study:
        assert study.trials[5].state == "pending", "half a training run is no result"


@posix
def test_ctrl_c_ends_a_search_in_a_table(tmp_path: Path) -> None:
    program = """
import sys, ganas
study = ganas.Study(ganas.Benchmark("nasbench201"), budget=5000, directory=sys.argv[1])
print("began", flush=True)
study.optimize()
"""
    process = begin(program, tmp_path / "s")
    wait_for(process, "began")
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    began = time.perf_counter()
    _, errors = process.communicate(timeout=30)
    assert time.perf_counter() - began < 10
    assert "KeyboardInterrupt" in errors
    with ganas.Study.open(tmp_path / "s", budget=5000) as study:
        assert 0 < study.queries < 5000


@pytest.mark.parametrize("workers", [1, 3])
def test_an_interpreter_that_is_killed_loses_nothing(tmp_path: Path, workers: int) -> None:
    process = begin(SLOW, tmp_path / "s", workers)
    wait_for(process, "5")
    process.kill()
    process.communicate()
    with ganas.Study.open(tmp_path / "s") as study:
        assert study.trials[5].attempts == 1
        study.optimize(value)
        assert [it.arch for it in study.trials] == whole()


def test_two_processes_do_not_share_a_directory(tmp_path: Path) -> None:
    process = begin(SLOW, tmp_path / "s", 1)
    wait_for(process, "5")
    with pytest.raises(ganas.LockedError) as raised:
        ganas.Study.open(tmp_path / "s")
    assert raised.value.pid == process.pid
    assert raised.value.directory == str(tmp_path / "s")
    with pytest.raises(ganas.LockedError):
        ganas.Study(
            ganas.Space("nasbench201"), strategy="evolution", budget=12, directory=tmp_path / "s"
        )
    process.kill()
    process.communicate()


def test_two_studies_of_a_process_do_not_share_a_directory(tmp_path: Path) -> None:
    study = ganas.Study(ganas.Space("nasbench201"), budget=3, directory=tmp_path / "s")
    with pytest.raises(ganas.LockedError):
        ganas.Study.open(tmp_path / "s")
    study.close()
    ganas.Study.open(tmp_path / "s").close()


@posix
def test_a_fork_may_query_and_not_study(python: Run, tmp_path: Path) -> None:
    program = """
import os, sys, ganas
table = ganas.Benchmark("nasbench201")
arch = table.space.sample(1)[0]
study = ganas.Study(ganas.Space("nasbench201"), strategy="random", budget=3, directory=sys.argv[1])
trial = study.ask()[0]
pid = os.fork()
if pid == 0:
    assert table.query(arch) is not None
    for use in (study.ask, lambda: trial.tell(1.0), lambda: study.trials, study.close,
                lambda: ganas.Study(table, budget=3)):
        try:
            use()
        except ganas.ForkedError as error:
            assert error.opened_by == os.getppid()
        else:
            raise AssertionError(use)
    del study, trial
    sys.exit(0)
assert os.waitpid(pid, 0)[1] == 0
trial.tell(1.0)
study.optimize(lambda trial: 2.0)
assert study.queries == 3
"""
    run = python(program, tmp_path / "s")
    assert run.returncode == 0, run.stderr
    with ganas.Study.open(tmp_path / "s") as study:
        assert [it.value for it in study.trials] == [1.0, 2.0, 2.0]


@posix
def test_a_fork_of_a_process_without_studies_has_its_own(python: Run) -> None:
    program = """
import multiprocessing, ganas
table = ganas.Benchmark("nasbench201")
def search(seed):
    study = ganas.Study(table, budget=15, seed=seed)
    study.optimize()
    return study.best.value
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert min(pool.map(search, range(2))) > 85
"""
    run = python(program)
    assert run.returncode == 0, run.stderr


def test_the_command_resumes_what_python_began(
    table: ganas.Benchmark, tmp_path: Path, command: Run
) -> None:
    folder = tmp_path / "s"
    with ganas.Study(table, strategy="evolution", budget=20, directory=folder) as study:
        for trial in study:
            if trial.number == 6:
                break
            found = table.query(trial.arch)
            assert found is not None
            trial.tell(found)
    resumed = json.loads(command("resume", folder, "--json", "--history").stdout)
    alone = ganas.Study(table, strategy="evolution", budget=20)
    alone.optimize()
    queries = [(it["arch"], it["validation"]) for it in resumed["history"]]
    assert queries == [(str(it.arch), it.value) for it in alone.trials if it.query]


def test_python_resumes_what_the_command_began(
    table: ganas.Benchmark, tmp_path: Path, command: Run
) -> None:
    folder = tmp_path / "s"
    options = ["--strategy", "evolution", "--quiet", "--dir", folder]
    command("search", "nasbench201", "--budget", 8, *options)
    with ganas.Study.open(folder, budget=20) as study:
        assert study.queries == 8
        study.optimize(workers=2)
        assert study.queries == 20 and study.best.value > 85
    assert "20 of 20" in command("status", folder).stdout


def test_the_command_serves_what_python_began(mine: Path, tmp_path: Path, command: Run) -> None:
    folder = tmp_path / "s"
    space = ganas.cell(nodes=3, operators=["a", "b", "c"], name="built")
    study = ganas.Study(space, strategy="random", budget=4, directory=folder)
    study.ask()[0].tell(1)
    expected = [str(it.arch) for it in study.ask(1)]
    study.close()
    # The first line is the study's; the space is the one that is kept.
    lines = '{"ask": 1}\n{"tell": {"trial": 1, "objective": 7}}\n'
    served = command("serve", "--dir", folder, "--budget", 4, "--strategy", "random", input=lines)
    greeting, asked, told = map(json.loads, served.stdout.splitlines())
    assert (greeting["space"], greeting["queries"]) == ("built", 1)
    assert [it["arch"] for it in asked["trials"]] == expected
    assert told["became"] == "measured"
    with ganas.Study.open(folder) as study:
        assert [it.value for it in study.trials if it.query] == [1.0, 7.0]
        study.optimize(value)
    assert '"measured": 4' in command("status", folder, "--json").stdout
    command("report", folder, "--out", tmp_path / "page.html")
    assert "<svg" in command("export", folder, "--format", "svg").stdout


def test_python_resumes_what_the_command_served(mine: Path, tmp_path: Path, command: Run) -> None:
    folder = tmp_path / "s"
    lines = '{"ask": 2}\n{"tell": {"trial": 0, "objective": 7}}\n'
    command("serve", mine, "--dir", folder, "--budget", 4, "--strategy", "random", input=lines)
    space = ganas.Space.from_toml(mine)
    study = ganas.Study(space, strategy="random", budget=4, directory=folder)
    assert study.queries == 1 and study.ask()[0].number == 1


def test_python_runs_the_command_of_a_study_file(tmp_path: Path, command: Run) -> None:
    (tmp_path / "train.py").write_text(
        "import json, sys\n"
        "request = json.load(open(sys.argv[1]))\n"
        'result = {"trial": request["trial"], "objective": sum(request["choices"])}\n'
        'json.dump(result, open(sys.argv[2], "w"))\n'
    )
    (tmp_path / "study.toml").write_text(
        'space = "nasbench201"\nstrategy = "random"\nbudget = 2\n[evaluator]\n'
        f'command = [{json.dumps(sys.executable)}, "train.py", "{{request}}", "{{result}}"]\n'
    )
    command("search", "study.toml", "--quiet", cwd=tmp_path)
    with ganas.Study.open(tmp_path / "study", budget=4) as study:
        study.optimize(workers=2)
        assert [it.value for it in study.trials] == [sum(it.arch.choices) for it in study.trials]
        assert study.queries == 4
