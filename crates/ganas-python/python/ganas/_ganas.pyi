"""Search spaces, benchmarks and studies, as `ganas` makes them of the library."""

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, SupportsFloat, final, overload

__all__ = [
    "Arch",
    "Asked",
    "Benchmark",
    "Core",
    "Measurement",
    "Space",
    "__version__",
    "benchmarks",
    "spaces",
    "strategies",
]

__version__: str

def strategies() -> list[str]:
    """Names of the strategies."""

def spaces() -> list[str]:
    """Names of the built-in search spaces."""

def benchmarks() -> list[str]:
    """Names of the benchmarks; those of your own tables go by their own names."""

@final
class Space:
    """A search space: a built-in one by its name, or what a TOML file describes."""

    def __new__(cls, name: str) -> Space: ...
    @staticmethod
    def from_toml(path: str | PathLike[str]) -> Space:
        """The space that a file describes; raises `SpaceFileError` with line and column of what is wrong."""

    @staticmethod
    def from_text(text: str, name: str = "space.toml") -> Space:
        """The space that a text in TOML describes; errors call the text `name`."""

    @staticmethod
    def from_dict(description: Mapping[str, Any]) -> Space:
        """The space of a dictionary with the keys of a space file; errors show it in TOML."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def size(self) -> int | None:
        """Number of architectures, where it is known and they can be counted."""

    @property
    def classes(self) -> int | None:
        """Number of architectures that differ as graphs, where it is known."""

    @property
    def notation(self) -> str:
        """How to read its notation."""

    @property
    def costs(self) -> list[tuple[str, str]]:
        """The costs that are known without an evaluation, with their units."""

    @property
    def named(self) -> list[str]:
        """Names of architectures that the field knows by name; `parse("@NAME")` gives one."""

    def to_toml(self) -> str | None:
        """Its description; `None` of a built-in space."""

    def parse(self, text: str) -> Arch:
        """Reads the space's notation, a published one, or `@NAME`; raises `ArchError`."""

    def arch(self, choices: Sequence[int], numbers: Sequence[float] = ...) -> Arch:
        """The architecture of these choices, one a decision, and of the numbers beside them."""

    def sample(self, count: int, seed: int = 0) -> list[Arch]:
        """Architectures drawn at random, decision by decision."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]: ...

@final
class Arch:
    """An architecture; `str(arch)` is its notation, and a notebook draws it."""

    @property
    def space(self) -> Space:
        """Its space."""

    @property
    def choices(self) -> tuple[int, ...]:
        """Its choices, one a decision."""

    @property
    def numbers(self) -> tuple[float, ...]:
        """The numbers of those decisions that are answered by one."""

    @property
    def choices_by_name(self) -> dict[str, Any]:
        """What it chose, by a name for each decision."""

    @property
    def costs(self) -> dict[str, float]:
        """Its costs in the units of `Space.costs`."""

    @property
    def hash(self) -> str:
        """The identity of all architectures that are the same network."""

    def to_dict(self) -> dict[str, Any]:
        """Its notation, decisions, graph and costs."""

    def to_pytorch(self) -> str | None:
        """A Python file with the network, where the space says what its operators compute."""

    def to_dot(self) -> str:
        """Its graph in Graphviz's language."""

    def to_svg(self) -> str:
        """Its graph as a picture."""

    def _repr_svg_(self) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]: ...

@final
class Measurement:
    """A value, and what else was measured; `float(measurement)` is the value."""

    def __new__(
        cls,
        value: float,
        *,
        train_seconds: float | None = None,
        metrics: Mapping[str, float] = ...,
    ) -> Measurement: ...
    @staticmethod
    def _restored(
        value: float, train_seconds: float | None, metrics: Mapping[str, float]
    ) -> Measurement: ...
    @property
    def value(self) -> float:
        """The value as it was measured; in percent where a benchmark measures accuracy."""

    @property
    def train_seconds(self) -> float | None:
        """Seconds of training, where known."""

    @property
    def metrics(self) -> dict[str, float]:
        """What else was measured, by name."""

    def __float__(self) -> float: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]: ...

@final
class Benchmark:
    """A benchmark on one of its data sets: results of all architectures of a space."""

    def __new__(
        cls, name: str, dataset: str | None = None, query: str | None = None
    ) -> Benchmark: ...
    @staticmethod
    def _space_of(name: str, dataset: str | None, query: str | None) -> Space: ...
    @property
    def name(self) -> str:
        """Its name."""

    @property
    def dataset(self) -> str:
        """Its data set."""

    @property
    def space(self) -> Space:
        """Its search space."""

    @property
    def optimum(self) -> float | None:
        """The best value of all, where it is known."""

    def rank(self, value: float) -> int | None:
        """How many architectures have a better value, plus one, where it is known."""

    def test(self, arch: Arch | str) -> float | None:
        """Test accuracy in percent, where it is known; no search sees it."""

    @overload
    def query(self, arch: Arch | str) -> Measurement | None:  # type: ignore[overload-overlap]
        """What a training of the architecture gave; of several, a list; `None` outside the benchmark."""

    @overload
    def query(self, arch: Iterable[Arch | str]) -> list[Measurement | None]: ...
    def record(self, arch: Arch | str) -> dict[str, Any] | None:
        """All that is known of an architecture; `None` outside the benchmark."""

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]: ...

@final
class Asked:
    """A trial that is to be evaluated."""

    @property
    def number(self) -> int: ...
    @property
    def arch(self) -> Arch: ...
    @property
    def source(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def attempts_before(self) -> int: ...
    @property
    def fidelity(self) -> float | None: ...
    @property
    def resumes(self) -> int | None: ...

@final
class Core:
    """A study in one process."""

    @staticmethod
    def begin(
        subject: Space | Benchmark,
        directory: str | PathLike[str] | None,
        given: dict[str, Any],
    ) -> Core: ...
    @staticmethod
    def open(directory: str | PathLike[str], given: dict[str, Any]) -> Core: ...
    def ask(self, count: int) -> list[Asked]: ...
    def tell(self, asked: Asked, value: SupportsFloat | Measurement) -> str: ...
    def tell_infeasible(self, trial: int, reason: str) -> str: ...
    def tell_failed(self, trial: int, reason: str) -> str: ...
    def tell_stopped(self, trial: int) -> str: ...
    def give_up(self, trial: int) -> str: ...
    def report(self, trial: int, step: int, value: SupportsFloat | Measurement) -> bool: ...
    def run(self) -> None: ...
    @property
    def runs_here(self) -> bool: ...
    def conclude(self) -> None: ...
    def set_workers(self, workers: int) -> None: ...
    def retry_failed(self) -> tuple[int, int]: ...
    def trials(self) -> list[dict[str, Any]]: ...
    def best(self) -> dict[str, Any] | None: ...
    def front(self) -> list[int]: ...
    def csv(self) -> str: ...
    def page(self, path: str | PathLike[str]) -> None: ...
    def state(self) -> dict[str, Any]: ...
    def close(self) -> None: ...
    @property
    def space(self) -> Space: ...
    @property
    def directory(self) -> PathLike[str] | None: ...
