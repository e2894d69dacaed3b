"""Spaces, architectures, measurements and benchmarks."""

from __future__ import annotations

import copy
import importlib.metadata
import multiprocessing
import pickle
from pathlib import Path

import pytest

import ganas


def test_a_space_knows_itself(mine: Path) -> None:
    space = ganas.Space.from_toml(mine)
    assert (space.name, space.costs, space.size) == ("mine", [("params", "M")], 3**4 * 24)
    assert space.to_toml() == mine.read_text() and ganas.Space("darts").to_toml() is None
    assert space == ganas.Space.from_text(mine.read_text()) != ganas.Space("darts")
    assert "mine" in repr(space)
    assert ganas.Space("nasbench101").parse("@inception").costs["params"] > 2


def test_an_architecture_is_written_and_read(table: ganas.Benchmark) -> None:
    space = ganas.Space("nasbench201")
    for arch in space.sample(20, seed=3):
        assert space.parse(str(arch)) == arch == space.arch(arch.choices, arch.numbers)
        assert hash(space.parse(str(arch))) == hash(arch)
        assert arch.to_dict()["arch"] == str(arch)
    assert space.sample(3, seed=3) == space.sample(3, seed=3) != space.sample(3, seed=4)
    first, second = space.sample(2)
    assert len({first, second, space.parse(str(first))}) == 2
    assert first.space == space and len(first.hash) == 32
    assert "class Network" in (first.to_pytorch() or "")
    assert first.to_dot().startswith("digraph")


def test_notebooks_draw_architectures_and_studies(table: ganas.Benchmark) -> None:
    arch = table.space.sample(1)[0]
    assert arch._repr_svg_().startswith("<svg")
    study = ganas.Study(table, strategy="random", budget=5)
    assert "0 of 5 queries" in study._repr_html_()
    trial = study.ask()[0]
    assert trial._repr_svg_().startswith("<svg") and trial.arch == trial.arch
    trial.tell(1)
    study.optimize()
    shown = study._repr_html_()
    assert "<svg" in shown and "<table>" in shown and "ended: budget" in shown
    assert "<table>" in study.trials._repr_html_() and "<table>" in study.best._repr_html_()
    assert "5 of 5 queries" in repr(study)


def test_a_benchmark_answers_one_and_many(table: ganas.Benchmark) -> None:
    archs = table.space.sample(100)
    many = table.query(archs)
    assert many == [table.query(arch) for arch in archs] == table.query(map(str, archs))
    assert table.query([]) == []
    assert isinstance(many[0], ganas.Measurement) and float(many[0]) == many[0].value
    assert many[0].train_seconds and "latency_seconds" in many[0].metrics
    assert table.optimum == pytest.approx(91.607, abs=1e-3)
    assert table.test(archs[0]) is None, "test results are not compiled in"
    other = ganas.Benchmark("nasbench201", dataset="cifar100", query="repeat=0")
    assert other.dataset == "cifar100"
    # The same space by another object, with other costs.
    assert other.query(archs[0]) is not None
    assert other.query(ganas.Space("nasbench201").parse(str(archs[0]))) is not None


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_what_can_be_pickled_is(table: ganas.Benchmark, mine: Path, protocol: int) -> None:
    space = ganas.Space.from_toml(mine)
    parameters = ganas.cell(
        nodes=2, operators=["a", "b"], parameters=[ganas.parameter("rate", 0.0, 1.0)]
    )
    measurement = ganas.Measurement(0.5, train_seconds=3, metrics={"ms": 1})
    study = ganas.Study(table, strategy="random", budget=3)
    study.optimize()
    for thing in (
        space,
        ganas.Space("darts"),
        table.space,
        space.sample(1)[0],
        parameters.sample(1)[0],
        table.space.sample(1)[0],
        measurement,
        study.best,
        study.trials,
    ):
        assert pickle.loads(pickle.dumps(thing, protocol)) == thing
        assert copy.deepcopy(thing) == thing
    again = pickle.loads(pickle.dumps(table, protocol))
    arch = table.space.sample(1)[0]
    assert again.query(arch) == table.query(arch)


def test_errors_are_pickled_with_their_fields() -> None:
    with pytest.raises(ganas.UnknownNameError) as raised:
        ganas.Space("dart")
    error = pickle.loads(pickle.dumps(raised.value))
    assert (error.found, error.what, str(error)) == (
        "dart",
        "search space or file",
        str(raised.value),
    )
    assert "darts" in error.valid


def test_a_study_and_a_trial_say_that_they_are_one_process_s(table: ganas.Benchmark) -> None:
    study = ganas.Study(table, budget=3)
    with pytest.raises(TypeError, match="Study.open"):
        pickle.dumps(study)
    with pytest.raises(TypeError, match="trial.arch"):
        pickle.dumps(study.ask()[0])


def measure(arch: ganas.Arch) -> float:
    return float(sum(arch.choices))


def test_other_processes_measure(mine: Path) -> None:
    study = ganas.Study(ganas.Space.from_toml(mine), strategy="random", budget=8)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        while trials := study.ask(4):
            for trial, value in zip(trials, pool.map(measure, [it.arch for it in trials])):
                trial.tell(value)
    assert study.queries == 8


def test_the_wheel_has_the_licences_of_what_is_compiled_in() -> None:
    files = importlib.metadata.files("ganas") or []
    notices = next(file for file in files if file.name == "THIRD-PARTY-LICENSES").read_text()
    for crate in ["candle-core", "rusqlite", "pyo3", "clap"]:
        assert f"\n{crate} " in notices
    assert "Permission is hereby granted" in notices and "Apache License" in notices
