"""Search spaces, benchmarks and studies of the `ganas` library."""

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
    """Returns the names of the strategies."""

def spaces() -> list[str]:
    """Returns the names of the built-in search spaces."""

def benchmarks() -> list[str]:
    """Returns the names of the benchmarks, excluding your own tables."""

@final
class Space:
    """A search space: a built-in one, opened by name, or one described in a TOML file."""

    def __new__(cls, name: str) -> Space: ...
    @staticmethod
    def from_toml(path: str | PathLike[str]) -> Space:
        """Opens the space that a file describes; raises `SpaceFileError` with line and column."""

    @staticmethod
    def from_text(text: str, name: str = "space.toml") -> Space:
        """Reads a search space from a TOML string; errors refer to the string as `name`."""

    @staticmethod
    def from_dict(description: Mapping[str, Any]) -> Space:
        """Creates a space from a dictionary with the keys of a space file; error messages show the dictionary
        as TOML.
        """

    @property
    def name(self) -> str:
        """Returns its name."""

    @property
    def size(self) -> int | None:
        """Returns the number of architectures, if known and countable."""

    @property
    def classes(self) -> int | None:
        """Returns the number of architectures that differ as graphs, if known."""

    @property
    def notation(self) -> str:
        """Returns an explanation of the notation of the space's architectures."""

    @property
    def costs(self) -> list[tuple[str, str]]:
        """Returns the costs that are known without an evaluation, with their units."""

    @property
    def named(self) -> list[str]:
        """Returns the names of published architectures; `parse("@NAME")` returns the architecture of that
        name.
        """

    def to_toml(self) -> str | None:
        """Returns the description of the space; `None` for a built-in space."""

    def parse(self, text: str) -> Arch:
        """Reads an architecture in the space's or a published notation, or as `@NAME`; raises `ArchError`."""

    def arch(self, choices: Sequence[int], numbers: Sequence[float] = ...) -> Arch:
        """Returns the architecture with these choices (one per decision) and numbers."""

    def sample(self, count: int, seed: int = 0) -> list[Arch]:
        """Returns random architectures, drawn decision by decision."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]: ...

@final
class Arch:
    """An architecture; `str(arch)` is its notation, and a notebook draws it."""

    @property
    def space(self) -> Space:
        """Returns its search space."""

    @property
    def choices(self) -> tuple[int, ...]:
        """Returns its choices, one per decision."""

    @property
    def numbers(self) -> tuple[float, ...]:
        """Returns the numbers of its numeric decisions."""

    @property
    def choices_by_name(self) -> dict[str, Any]:
        """Returns its choices by the name of each decision."""

    @property
    def costs(self) -> dict[str, float]:
        """Returns its costs in the units of `Space.costs`."""

    @property
    def hash(self) -> str:
        """Returns its canonical hash: equal for all architectures that are the same network."""

    def to_dict(self) -> dict[str, Any]:
        """Returns its notation, decisions, graph and costs."""

    def to_pytorch(self) -> str | None:
        """Returns a Python file that defines the network, if the space defines what its operators compute."""

    def to_dot(self) -> str:
        """Returns its graph in the Graphviz language."""

    def to_svg(self) -> str:
        """Returns its graph as an SVG picture."""

    def _repr_svg_(self) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]: ...

@final
class Measurement:
    """A value with other measured metrics; `float(measurement)` is the value."""

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
        """The measured value; in percent if a benchmark measures accuracy."""

    @property
    def train_seconds(self) -> float | None:
        """Training time in seconds, if known."""

    @property
    def metrics(self) -> dict[str, float]:
        """Other measured metrics, by name."""

    def __float__(self) -> float: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]: ...

@final
class Benchmark:
    """A benchmark on one of its data sets: results for all architectures of a space."""

    def __new__(
        cls, name: str, dataset: str | None = None, query: str | None = None
    ) -> Benchmark: ...
    @staticmethod
    def _space_of(name: str, dataset: str | None, query: str | None) -> Space: ...
    @property
    def name(self) -> str:
        """Returns its name."""

    @property
    def dataset(self) -> str:
        """Returns its data set."""

    @property
    def space(self) -> Space:
        """Returns its search space."""

    @property
    def optimum(self) -> float | None:
        """Returns the best value in the benchmark, if known."""

    def rank(self, value: float) -> int | None:
        """Returns the number of architectures with a better value, plus one, if known."""

    def test(self, arch: Arch | str) -> float | None:
        """Returns the test accuracy in percent, if known; no search sees it."""

    @overload
    def query(self, arch: Arch | str) -> Measurement | None:  # type: ignore[overload-overlap]
        """Returns the results of one architecture, or a list for several; `None` if the benchmark lacks one.
        """

    @overload
    def query(self, arch: Iterable[Arch | str]) -> list[Measurement | None]: ...
    def record(self, arch: Arch | str) -> dict[str, Any] | None:
        """Returns everything known about an architecture; `None` if the benchmark lacks it."""

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]: ...

@final
class Asked:
    """A trial to evaluate."""

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
