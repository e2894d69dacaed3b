"""The package as its users are shown it, line by line."""

from __future__ import annotations

from pathlib import Path

import pytest

import ganas


def train(trial: ganas.Trial) -> float:
    if str(trial.arch).count("pool") == 4:
        raise ganas.Infeasible("nothing to train")
    for step in range(3):
        trial.report(step, float(step))
        if trial.should_stop():
            break
    return float(sum(trial.arch.choices))


def test_a_study_of_a_space_in_a_file(mine: Path, tmp_path: Path) -> None:
    space = ganas.Space.from_toml(mine)
    study = ganas.Study(
        space,
        strategy="ganas",
        budget=30,
        seed=0,
        max={"params": "100k"},
        directory=tmp_path / "runs" / "mine",
    )
    study.optimize(train, workers=4)
    assert (study.queries, study.stop_reason) == (30, "budget")
    assert study.best.arch.costs["params"] <= 0.1
    assert study.best.value == max(trial.value or 0 for trial in study.trials)
    assert study.directory == str(tmp_path / "runs" / "mine")


def test_a_study_by_hand() -> None:
    study = ganas.Study(ganas.Space("darts"), strategy="evolution", budget=12)
    numbers = []
    for trial in study:
        numbers.append(trial.number)
        trial.tell(float(sum(trial.arch.choices)))
    assert numbers == list(range(12))
    assert study.stop_reason == "budget"


def test_a_space_that_is_built_in_python() -> None:
    space = ganas.cell(
        nodes=4,
        operators=["conv", "pool"],
        operators_on="nodes",
        inputs_per_node=1,
        parameters=[ganas.parameter("learning_rate", 1e-4, 1e-1, log=True)],
        costs=[{"name": "work", "formula": "count('conv')"}],
    )
    study = ganas.Study(space, strategy="random", budget=5, max={"work": 2})
    study.optimize(lambda trial: trial.arch.choices_by_name["learning_rate"])
    assert 1e-4 <= study.best.value <= 1e-1
    assert study.best.arch.costs == {"work": study.best.arch.costs["work"]}
    assert ganas.cell(nodes=2, operators=["a", "b"]).size is not None


def test_a_benchmark_measures_by_itself(table: ganas.Benchmark) -> None:
    study = ganas.Study(table, budget=40)
    study.optimize()
    assert study.best.value > 90
    found = table.query(study.best.arch)
    assert found is not None
    assert found.value == study.best.value
    assert table.rank(found.value) == table.record(study.best.arch)["rank"]  # type: ignore[index]


def test_a_page_and_a_table(table: ganas.Benchmark, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    study = ganas.Study(ganas.Space("nasbench201"), strategy="random", budget=10)
    study.optimize(lambda trial: table.query(trial.arch))
    frame = study.trials.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame["value"]) == [trial.value for trial in study.trials]
    assert frame["metrics.latency_seconds"].notna().all()
    study.report(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert page.startswith("<!doctype html>") and str(study.best.arch) in page


def test_without_pandas_it_is_said_what_to_do(
    table: ganas.Benchmark, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    study = ganas.Study(table, strategy="random", budget=2)
    study.optimize()
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        study.trials.to_pandas()
    assert [row["number"] for row in study.trials.to_dicts()] == [0, 1]


def test_what_there_is() -> None:
    assert ganas.strategies()[0] == "ganas"
    assert "darts" in ganas.spaces() and "nasbench201" in ganas.benchmarks()
    assert ganas.__version__
