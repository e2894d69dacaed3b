"""What is wrong is told of as what was expected, and the study stays whole."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ganas


@pytest.fixture
def study() -> ganas.Study:
    return ganas.Study(ganas.Space("nasbench201"), strategy="random", budget=3)


@pytest.mark.parametrize(
    ("found", "error", "text"),
    [
        (None, TypeError, "expected a number or a ganas.Measurement, found None"),
        ("91.5", TypeError, "found '91.5'"),
        ([1.0], TypeError, r"found \[1.0\]"),
        (True, TypeError, "found True"),
        (math.nan, ganas.MeasurementError, "expected a finite value, found NaN"),
        (math.inf, ganas.MeasurementError, "found inf"),
        (ganas.Measurement(1, train_seconds=-1), ganas.MeasurementError, "train_seconds from 0"),
        (ganas.Measurement(1, metrics={"a": math.nan}), ganas.MeasurementError, "metric `a`"),
    ],
)
@pytest.mark.parametrize("workers", [1, 3])
def test_what_is_no_value_is_refused(
    study: ganas.Study, found: Any, error: type[Exception], text: str, workers: int
) -> None:
    with pytest.raises(error, match=text) as raised:
        study.optimize(lambda trial: found, workers=workers)
    if isinstance(raised.value, ganas.MeasurementError):
        assert study.space.parse(raised.value.arch)
    assert study.queries == 0
    study.optimize(lambda trial: 1.0)
    assert [it.number for it in study.trials if it.query] == [0, 1, 2], "the study is whole"


@pytest.mark.parametrize("workers", [1, 3])
def test_a_function_that_raises_ends_the_work(study: ganas.Study, workers: int) -> None:
    def train(trial: ganas.Trial) -> float:
        if trial.number == 1:
            raise ZeroDivisionError("of mine")
        return 1.0

    with pytest.raises(ZeroDivisionError, match="of mine"):
        study.optimize(train, workers=workers)
    assert study.trials[1].state == "pending"
    study.optimize(lambda trial: 1.0, workers=workers)
    assert study.queries == 3 and study.trials[1].attempts == 2


def test_ten_failures_in_a_row_end_the_study(study: ganas.Study) -> None:
    def train(trial: ganas.Trial) -> ganas.Measurement:
        # The space itself knows the parameters.
        return ganas.Measurement(1, metrics={"params": 1})

    with pytest.raises(ganas.TooManyFailuresError) as raised:
        study.optimize(train)
    assert raised.value.failures == 10
    assert "`params` has the same name as a cost" in (study.trials[0].reason or "")


def test_failures_are_counted() -> None:
    def train(trial: ganas.Trial) -> float:
        raise OSError("no disk")

    study = ganas.Study(ganas.Space("nasbench201"), strategy="random", budget=3, max_failures=4)
    with pytest.raises(ganas.TooManyFailuresError) as raised:
        study.optimize(train, catch=(OSError,))
    assert raised.value.failures == 4


def test_a_trial_is_told_once(study: ganas.Study) -> None:
    first, second = study.ask(2)
    first.tell(1.0)
    agains: list[Callable[[], str]] = [lambda: first.tell(2.0), first.infeasible, first.give_up]
    for again in agains:
        with pytest.raises(ganas.NotOpenError) as raised:
            again()
        assert (raised.value.open, raised.value.found) == ([1], 0)
    second.tell(3.0)
    assert study.best.value == 3.0

    def train(trial: ganas.Trial) -> float:
        trial.tell(4.0)
        return 5.0

    with pytest.raises(ganas.NotOpenError):
        study.optimize(train)
    assert study.trials[2].value == 4.0


def test_a_trial_that_is_not_told_is_missed(study: ganas.Study) -> None:
    with pytest.raises(ganas.StudyError, match=r"expected trial 0 to be told"):
        for _ in study:
            pass
    for trial in study:
        assert trial.number == 0
        break
    numbers = []
    for trial in study:
        numbers.append(trial.number)
        trial.tell(1.0)
    assert numbers == [0, 1, 2], "what was left is offered again"


def test_reports_are_checked(study: ganas.Study) -> None:
    trial = study.ask()[0]
    trial.report(2, 1.0)
    with pytest.raises(ganas.ReportError, match="expected a step after 2, found 1") as raised:
        trial.report(1, 1.0)
    assert raised.value.trial == 0
    with pytest.raises(ganas.ReportError, match="finite"):
        trial.report(3, math.nan)
    for both in (ganas.Measurement(1), "1", True):
        with pytest.raises(TypeError, match="expected a number beside"):
            trial.report(3, both, train_seconds=1)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="expected a number beside"):
            trial.tell(both, metrics={"ms": 1.0})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="step 3: expected a number"):
        trial.report(3, "high")  # type: ignore[arg-type]
    trial.tell(1.0)
    assert [it.step for it in study.trials[0].reports] == [2]


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"budget": "sixty"}, TypeError, "budget: expected a whole number of at least 1, found 'sixty'"),
        ({"budget": -1}, TypeError, "budget: expected a whole number"),
        ({"budget": 0}, ganas.UsageError, "at least 1 query"),
        ({"seed": 1.5}, TypeError, "seed: expected"),
        ({"strategy": "ganass"}, ganas.UnknownNameError, "did you mean `ganas`"),
        ({"strategy": 3}, TypeError, "strategy: expected a string, found 3"),
        ({"max": {"param": 1}}, ganas.UsageError, "params"),
        ({"max": {"params": "much"}}, ganas.UsageError, "much"),
        ({"max": {"params": None}}, TypeError, "max: expected a dictionary of numbers or strings"),
        ({"max": 3}, TypeError, "max: expected a dictionary"),
        ({"objectives": {"ms": "down"}}, ganas.UnknownNameError, "direction"),
        ({"fidelity": {"rungs": [1]}}, ganas.UsageError, "fidelity"),
        ({"fidelity": 4}, TypeError, "fidelity: expected a string or a dictionary"),
        ({"stopping": "4/none"}, ganas.UsageError, "stopping"),
        ({"known": "file.csv"}, TypeError, "known: expected a list"),
        ({"known": ["nonsense"]}, ganas.ArchError, "nonsense"),
        ({"workers": 0}, ganas.UsageError, "at least 1 worker"),
        ({"target": math.nan}, ganas.UsageError, "finite target"),
        ({"until_optimum": True}, ganas.UsageError, "optimum"),
    ],
)
def test_wrong_options_are_told_by_name(
    options: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text) as raised:
        ganas.Study(ganas.Space("nasbench201"), **options)
    if isinstance(raised.value, ganas.Error) and "strategy" not in options:
        assert raised.value.option in (*options, None)


def test_wrong_subjects_are_told_by_type(table: ganas.Benchmark) -> None:
    with pytest.raises(TypeError, match="expected a ganas.Space or a ganas.Benchmark"):
        ganas.Study("nasbench201")  # type: ignore[arg-type]
    with pytest.raises(ganas.UsageError, match="pass the benchmark itself"):
        ganas.Study(table.space)
    with pytest.raises(TypeError, match="expected a function"):
        ganas.Study(ganas.Space("darts")).optimize()
    with pytest.raises(TypeError, match="expected a function"):
        ganas.Study(ganas.Space("darts")).optimize(3)  # type: ignore[arg-type]
    with pytest.raises(ganas.StudyError, match="without a function"):
        ganas.Study(table).optimize(lambda trial: 1.0)
    with pytest.raises(ValueError, match="workers: expected"):
        ganas.Study(table).optimize(workers=0)
    with pytest.raises(ganas.StudyError, match="found none yet"):
        _ = ganas.Study(table).best


def test_wrong_spaces_are_told_by_place(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text('name = "mine"\ncells = 3\n')
    with pytest.raises(ganas.SpaceFileError) as raised:
        ganas.Space.from_toml(path)
    assert (raised.value.line, raised.value.column) == (2, 9)
    assert raised.value.file == str(path)
    with pytest.raises(ganas.FileError, match="none.toml") as missing:
        ganas.Space.from_toml("none.toml")
    assert missing.value.path == "none.toml"
    with pytest.raises(ganas.SpaceFileError, match="expected"):
        ganas.cell(nodes=0, operators=["a"])
    with pytest.raises(ganas.SpaceFileError, match="nods"):
        ganas.cell(nodes=2, operators=["a", "b"], nods=3)
    with pytest.raises(TypeError):
        ganas.Space.from_dict({"name": object()})
    with pytest.raises(ganas.UsageError, match="finite"):
        ganas.Space.from_dict({"name": "a", "constants": {"c": math.nan}})
    with pytest.raises(ganas.UsageError, match="TOML cannot represent"):
        ganas.Space.from_dict({"name": None})


def test_wrong_architectures_are_told_by_place(table: ganas.Benchmark) -> None:
    space = ganas.Space("nasbench201")
    with pytest.raises(ganas.ArchError) as raised:
        space.parse("|nor_conv_3x3~0|+|none")
    assert raised.value.space == "nasbench201" and raised.value.position is not None
    with pytest.raises(ganas.ArchError, match="found 9") as forbidden:
        space.arch([9, 0, 0, 0, 0, 0])
    assert forbidden.value.position == 0
    with pytest.raises((OverflowError, TypeError)):
        space.arch([1000])
    with pytest.raises(TypeError, match="expected a ganas.Arch or its text, found int"):
        table.query([3])  # type: ignore[list-item]
    with pytest.raises(TypeError):
        table.query(3)  # type: ignore[call-overload]
    with pytest.raises(ganas.UsageError, match="found an architecture of darts"):
        table.query(ganas.Space("darts").sample(1)[0])


def test_wrong_benchmarks_are_told_by_name() -> None:
    with pytest.raises(ganas.UnknownNameError, match="nasbench201"):
        ganas.Benchmark("nasbench21")
    with pytest.raises(ganas.UnknownNameError, match="cifar10"):
        ganas.Benchmark("nasbench201", dataset="cifar")
    with pytest.raises(ganas.UsageError, match="repeat=one"):
        ganas.Benchmark("nasbench201", query="repeat=one")


def test_a_table_that_is_not_there_is_told_how_to_get(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANAS_DATA", str(tmp_path))
    with pytest.raises(ganas.NotImportedError, match="ganas bench import") as raised:
        ganas.Benchmark("nasbench101-surrogate")
    assert raised.value.benchmark == "nasbench101-surrogate"


def test_another_study_in_the_directory_is_not_taken_for_this_one(tmp_path: Path) -> None:
    ganas.Study(ganas.Space("nasbench201"), budget=3, directory=tmp_path / "s").close()
    with pytest.raises(ganas.UsageError, match="`seed` differs: it is .* in the existing study"):
        ganas.Study(ganas.Space("nasbench201"), budget=3, seed=1, directory=tmp_path / "s")
    with pytest.raises(ganas.UsageError):
        ganas.Study(ganas.Space("darts"), budget=3, directory=tmp_path / "s")
    with pytest.raises(ganas.StoreError) as raised:
        ganas.Study.open(tmp_path / "none")
    assert raised.value.directory == str(tmp_path / "none")


def test_a_closed_study_says_so(study: ganas.Study) -> None:
    study.close()
    study.close()
    with pytest.raises(ganas.UsageError, match="found a closed one"):
        study.ask()
