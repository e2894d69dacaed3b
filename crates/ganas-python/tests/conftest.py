"""What the tests share; they run against the installed wheel."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ganas

Run = Callable[..., "subprocess.CompletedProcess[str]"]

MINE = """\
name = "mine"

[[costs]]
name = "params"
unit = "M"
formula = "1000 + 4096 * count('conv1x1') + 36864 * count('conv3x3')"

[[cells]]
name = "cell"
nodes = 4
operators = ["conv1x1", "conv3x3", "pool"]
operators_on = "nodes"
inputs_per_node = 1
"""


@pytest.fixture(scope="session", autouse=True)
def heard_interrupts() -> None:
    """A shell lets its background jobs, and so their children, ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def no_imported_tables(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The tests know the tables that are compiled in, and nothing that a user has imported."""
    os.environ["GANAS_DATA"] = str(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def command() -> Run:
    """Runs the command of the wheel."""
    program = Path(sysconfig.get_path("scripts")) / "ganas"

    def run(*arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
        words = [str(program), *map(str, arguments)]
        return subprocess.run(words, capture_output=True, text=True, check=True, **more)

    return run


@pytest.fixture(scope="session")
def python() -> Run:
    """Runs a program in another interpreter."""

    def run(program: str, *arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-c", program, *map(str, arguments)]
        return subprocess.run(words, capture_output=True, text=True, timeout=120, **more)

    return run


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A file that describes a space."""
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    return path


@pytest.fixture(scope="session")
def table() -> ganas.Benchmark:
    return ganas.Benchmark("nasbench201", dataset="cifar10")


def history(text: str) -> list[tuple[str, float]]:
    """Architectures and values of a search's JSON, in the order of its queries."""
    return [(it["arch"], it["validation"]) for it in json.loads(text)["history"]]
