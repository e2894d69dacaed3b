"""Studies: asked, told, reported to, kept, resumed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Run, history

import ganas


def value(trial: ganas.Trial) -> float:
    return float(sum(trial.arch.choices))


def test_the_history_is_that_of_the_command(table: ganas.Benchmark, command: Run) -> None:
    options = ["--budget", 60, "--seed", 7, "--dataset", "cifar10", "--json", "--history"]
    expected = history(command("search", "nasbench201", *options).stdout)
    for train in (None, lambda trial: table.query(trial.arch)):
        subject = table if train is None else ganas.Space("nasbench201")
        study = ganas.Study(subject, budget=60, seed=7)
        study.optimize(train, workers=1)
        found = [(str(it.arch), it.value) for it in study.trials if it.query]
        assert found == expected


def test_the_number_of_workers_changes_no_result() -> None:
    def found(workers: int) -> list[tuple[ganas.Arch, float | None]]:
        study = ganas.Study(ganas.Space("nasbench201"), strategy="evolution", budget=30, seed=1)
        study.optimize(value, workers=workers)
        return [(it.arch, it.value) for it in study.trials]

    assert found(1) == found(4)


def test_four_workers_are_at_work_at_once() -> None:
    barrier = threading.Barrier(4, timeout=30)

    def train(trial: ganas.Trial) -> float:
        barrier.wait()
        return value(trial)

    study = ganas.Study(ganas.Space("nasbench201"), strategy="random", budget=16)
    study.optimize(train, workers=4)
    assert study.queries == 16


def test_all_workers_of_an_asynchronous_study_are_busy() -> None:
    barrier = threading.Barrier(2, timeout=30)

    def train(trial: ganas.Trial) -> float:
        barrier.wait()
        return value(trial)

    study = ganas.Study(
        ganas.Space("nasbench201"), strategy="random", budget=8, asynchronous=True
    )
    study.optimize(train, workers=2)
    assert study.queries == 8


def test_a_measurement_has_metrics_and_seconds() -> None:
    study = ganas.Study(
        ganas.Space("nasbench201"),
        strategy="nsga2",
        budget=10,
        max=["ms=20"],
        objectives={"ms": "minimise"},
    )
    for trial in study:
        trial.tell(value(trial), train_seconds=2, metrics={"ms": float(trial.number)})
    assert study.trials[3].metrics == {"ms": 3.0} and study.trials[3].train_seconds == 2
    front = study.front
    assert front[-1].metrics["ms"] == min(it.metrics["ms"] for it in front)
    assert front[0].value == max(it.value or 0 for it in front)


def test_what_is_infeasible_or_failed_is_no_value() -> None:
    def train(trial: ganas.Trial) -> float:
        if trial.number == 1:
            raise ganas.Infeasible("too large")
        if trial.number == 2:
            raise ganas.Failed("no memory")
        if trial.number == 3:
            raise RuntimeError("a node was lost")
        return value(trial)

    study = ganas.Study(ganas.Space("nasbench201"), strategy="random", budget=6)
    study.optimize(train, catch=RuntimeError)
    states = [(it.state, it.reason) for it in study.trials][:4]
    assert states == [
        ("measured", None),
        ("infeasible", "too large"),
        ("failed", "no memory"),
        ("failed", "RuntimeError: a node was lost"),
    ]
    assert study.queries == 6 and len(study.trials) == 8, "a failure costs no query"


class OutOfMemory(ganas.Infeasible):
    """An exception whose constructor does not call that of its base class."""

    def __init__(self, gigabytes: int) -> None:
        self.gigabytes = gigabytes


def test_an_exception_may_have_a_constructor_of_its_own() -> None:
    def train(trial: ganas.Trial) -> float:
        if trial.number == 0:
            raise OutOfMemory(8)
        return value(trial)

    study = ganas.Study(ganas.Space("nasbench201"), strategy="random", budget=2)
    study.optimize(train)
    assert [it.state for it in study.trials] == ["infeasible", "measured"]
    assert study.trials[0].train_seconds is None


@pytest.mark.parametrize("ending", [ganas.Infeasible, ganas.Failed])
def test_training_time_without_a_value_counts(ending: type[ganas.Infeasible | ganas.Failed]) -> None:
    def train(trial: ganas.Trial) -> float:
        raise ending("no memory", train_seconds=30)

    study = ganas.Study(
        ganas.Space("nasbench201"), strategy="random", budget=50, max_train_seconds=100
    )
    with pytest.raises(ganas.NothingFoundError):
        study.optimize(train)
    spent = [it.train_seconds for it in study.trials if it.state != "pending"]
    assert spent == [30.0] * 4

    (trial,) = ganas.Study(ganas.Space("nasbench201"), strategy="random", budget=1).ask(1)
    tells: list[Callable[..., str]] = [trial.infeasible, trial.fail, trial.stop]
    for tell in tells:
        with pytest.raises(ganas.MeasurementError):
            tell(train_seconds=-1)


def test_the_training_time_of_a_stopped_trial_counts() -> None:
    def train(trial: ganas.Trial) -> ganas.Measurement:
        for step in range(1, 5):
            trial.report(step, -float(trial.number))
            if trial.should_stop():
                break
        return ganas.Measurement(-float(trial.number), train_seconds=7 * step)

    study = ganas.Study(
        ganas.Space("nasbench201"), strategy="random", budget=4, stopping="4/median"
    )
    study.optimize(train)
    stopped = [it for it in study.trials if it.state == "stopped"]
    assert stopped and all(it.train_seconds in (7, 14, 21) for it in stopped)


def test_a_trial_that_falls_behind_stops() -> None:
    def train(trial: ganas.Trial) -> float | None:
        for step in range(1, 5):
            trial.report(step, -float(trial.number))
            if trial.should_stop():
                return None
        return -float(trial.number)

    study = ganas.Study(
        ganas.Space("nasbench201"), strategy="random", budget=4, stopping="4/median"
    )
    study.optimize(train)
    stopped = [it for it in study.trials if it.state == "stopped"]
    assert stopped and stopped[0].step == 1 and len(stopped[0].reports) == 1
    assert stopped[0].reports[0].value == stopped[0].value


def test_a_study_of_several_fidelities_says_how_thorough() -> None:
    study = ganas.Study(
        ganas.Space("nasbench201"),
        strategy="random",
        budget=3,
        fidelity={"name": "epochs", "rungs": [1, 4], "rule": "asha"},
    )
    seen = set()
    for trial in study:
        seen.add(trial.fidelity)
        trial.tell(value(trial))
    assert seen == {1.0, 4.0}


def test_known_architectures_cost_no_query(table: ganas.Benchmark, tmp_path: Path) -> None:
    first = ganas.Study(table, strategy="random", budget=5)
    first.optimize()
    (tmp_path / "known.csv").write_text(first.to_csv())
    given = table.space.sample(1, seed=9)[0]
    study = ganas.Study(
        ganas.Space("nasbench201"),
        strategy="random",
        budget=2,
        known=[tmp_path / "known.csv", given],
    )
    study.optimize(value)
    assert [it.state for it in study.trials].count("known") == 5
    assert study.trials[5].arch == given


def test_a_study_that_is_kept_goes_on(tmp_path: Path) -> None:
    def begin() -> ganas.Study:
        space = ganas.Space("nasbench201")
        return ganas.Study(space, strategy="evolution", budget=20, directory=tmp_path / "s")

    whole = ganas.Study(ganas.Space("nasbench201"), strategy="evolution", budget=20)
    whole.optimize(value)
    with begin() as study:
        for trial in study:
            if trial.number == 7:
                break
            trial.tell(value(trial))
    with begin() as study:
        assert study.queries == 7
        study.optimize(value)
        assert [it.arch for it in study.trials] == [it.arch for it in whole.trials]
    with ganas.Study.open(tmp_path / "s", budget=25) as study:
        study.optimize(value)
        assert study.queries == 25


def test_what_failed_is_evaluated_again(tmp_path: Path) -> None:
    def train(trial: ganas.Trial) -> float:
        raise ganas.Failed("the disk is full")

    study = ganas.Study(
        ganas.Space("nasbench201"),
        strategy="random",
        budget=5,
        max_failures=3,
        directory=tmp_path / "s",
    )
    with pytest.raises(ganas.TooManyFailuresError) as raised:
        study.optimize(train)
    assert (raised.value.failures, raised.value.evaluations) == (3, 3)
    study.close()
    study = ganas.Study.open(tmp_path / "s")
    assert study.retry_failed() == 3
    study.optimize(value)
    assert study.queries == 5 and len(study.trials) == 5


def test_several_trials_are_out_at_once() -> None:
    study = ganas.Study(ganas.Space("nasbench201"), strategy="random", budget=4)
    trials = study.ask(4)
    assert [it.number for it in trials] == [0, 1, 2, 3] and study.ask() == []
    assert {it.tell(1.0) for it in trials[:0:-1]} == {"held"}
    with pytest.raises(ganas.StudyError, match=r"expected the open trials \[0\] to be told first"):
        next(iter(study))
    assert trials[0].tell(2.0) == "measured"
    assert study.best.number == 0


def test_a_space_of_a_dictionary_resumes(tmp_path: Path) -> None:
    space = ganas.cell(nodes=3, operators=["a", "b", "c"], name="built")
    study = ganas.Study(space, strategy="random", budget=4, directory=tmp_path / "s")
    study.ask()[0].tell(1)
    study.close()
    study = ganas.Study.open(tmp_path / "s")
    assert study.space == space and study.queries == 1
    study.optimize(value)
    assert study.best.arch.space == space


@pytest.mark.parametrize("workers", [1, 3])
def test_a_trial_that_nobody_tells_is_an_error(workers: int) -> None:
    study = ganas.Study(ganas.Space("nasbench201"), strategy="random", budget=3)
    study.ask()
    with pytest.raises(ganas.StudyError, match=r"expected the open trials \[0\] to be told first"):
        study.optimize(lambda trial: 1.0, workers=workers)


def test_a_study_that_is_closed_ends_the_waiting_workers() -> None:
    study = ganas.Study(ganas.Space("nasbench201"), strategy="random", budget=4)
    first = threading.Event()

    def evaluate(trial: ganas.Trial) -> float:
        if trial.number == 0:
            first.wait(30)
            study.close()
        return 1.0

    threading.Timer(1.0, first.set).start()
    with pytest.raises(ganas.Error):
        study.optimize(evaluate, workers=3)
