"""The examples that train for real, with less of everything."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")

from ganas.torch import build, to_onnx

FOLDER = Path(__file__).parents[1] / "examples" / "digits"


@pytest.fixture
def digits(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Few images, and two epochs."""
    monkeypatch.syspath_prepend(str(FOLDER))
    for name in ("digits", "ranking", "ways", "edge", "memory"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    digits: Any = importlib.import_module("digits")
    monkeypatch.setattr(digits, "IMAGES", {"training": 128, "validation": 64, "test": 64})
    monkeypatch.setattr(digits, "EPOCHS", 2)
    return digits


def given(module: Any, digits: Any) -> None:
    """What a program loads when it is run."""
    module.TRAINING, module.VALIDATION, module.TEST = digits.load_all()


def test_images_are_the_same_for_equal_seeds_and_no_part_has_another_s(digits: Any) -> None:
    images, labels = digits.load("training")
    again, _ = digits.load("training")
    other, _ = digits.load("training", seed=1)
    assert (images == again).all() and not (images == other).all()
    assert images.shape == (128, 1, digits.SIDE, digits.SIDE) and labels.shape == (128,)
    ranges = [range(*digits.DIGITS[part]) for part in ("training", "validation", "test")]
    assert all(before.stop == after.start for before, after in zip(ranges, ranges[1:]))


def test_three_ways(digits: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ways: Any = importlib.import_module("ways")
    ways.TRAININGS, ways.STEPS, ways.EVALUATIONS = 4, 5, 6
    given(ways, digits)
    ways.main(tmp_path, 2)
    table = capsys.readouterr().out
    assert [line.split(" | ")[0] for line in table.splitlines()[2:]] == [
        "| built by hand",
        "| every candidate trained",
        "| stopped early",
        "| super-network",
    ]
    ways.main(tmp_path, 2)
    assert capsys.readouterr().out == table, "what was measured is kept"


def test_ranking(digits: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("scipy")
    ranking: Any = importlib.import_module("ranking")
    ranking.COUNT, ranking.STEPS = 6, 5
    given(ranking, digits)
    ranking.main(tmp_path, 2)
    said = capsys.readouterr().out
    assert said.count("tau") == 4 and said.count("p = ") == 4


def test_edge_and_its_memory(
    digits: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    edge: Any = importlib.import_module("edge")
    edge.EPOCHS = 1
    edge.main(tmp_path, 4)
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines()[4:]]
    assert rows
    for _, macs, flash, stated, measured, _ in rows:
        assert measured == stated
        assert float(flash) <= 10 and float(stated) <= 8 and float(macs) <= 0.3


def test_the_memory_of_exported_networks_is_as_stated(digits: Any, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    edge: Any = importlib.import_module("edge")
    memory: Any = importlib.import_module("memory")
    for arch in edge.SPACE.sample(12, seed=7):
        network = build(arch)
        to_onnx(network, tmp_path / "network.onnx")
        zeros = torch.zeros(1, *network.input_shape).numpy()
        measured = memory.peak_activations(tmp_path / "network.onnx", zeros)
        assert measured == pytest.approx(1000 * arch.costs["sram"]), arch
