"""The code in Python that the book's tutorials show runs, in a folder with the files that they show."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import Run

TUTORIALS = Path(__file__).parents[3] / "docs" / "src" / "tutorials"
PAGES = ["compare.md", "own-training.md"]


def blocks(text: str, language: str) -> list[str]:
    return [block.split("```")[0] for block in text.split(f"```{language}\n")[1:]]


@pytest.mark.parametrize("page", PAGES)
def test_a_tutorial_s_code_runs(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Run
) -> None:
    pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    text = (TUTORIALS / page).read_text(encoding="utf-8")
    for language in ("toml", "csv"):
        for block in blocks(text, language):
            name, content = block.split("\n", 1)
            Path(name.removeprefix("# ")).write_text(content)
    for line in "".join(blocks(text, "console")).splitlines():
        if line.startswith("$ ganas bench import"):
            command(*line.split()[2:])
    names: dict[str, object] = {}
    code = blocks(text, "py")
    assert len(code) > 4
    for block in code:
        exec(compile(block, page, "exec"), names)
