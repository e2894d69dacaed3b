"""The code of the package's README runs."""

from __future__ import annotations

from pathlib import Path

import pytest

import ganas

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = [block.split("```")[0] for block in README.split("```python\n")[1:]]


def test_the_readme_s_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("optuna")
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"measure": lambda arch: float(len(str(arch)))}
    for block in BLOCKS:
        exec(compile(block, "README.md", "exec"), names)
    study = names["study"]
    assert isinstance(study, ganas.Study) and study.queries > 0
    assert (tmp_path / "report.html").is_file()


def test_the_first_search_has_five_lines() -> None:
    assert len([line for line in BLOCKS[0].splitlines() if line]) == 5
