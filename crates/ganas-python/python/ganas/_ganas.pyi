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
    """Returns the names of the search strategies."""

def spaces() -> list[str]:
    """Returns the names of the built-in search spaces."""

def benchmarks() -> list[str]:
    """Returns the names of all benchmarks except those imported from your own tables."""

@final
class Space:
    """A search space: either built in and opened by name, as in `Space("darts")`, or described in TOML or by
    a dictionary.
    """

    def __new__(cls, name: str) -> Space: ...
    @staticmethod
    def from_toml(path: str | PathLike[str]) -> Space:
        """Opens the space that a TOML file describes.

        Raises `SpaceFileError`, with line and column, if the file contains an error.
        """

    @staticmethod
    def from_text(text: str, name: str = "space.toml") -> Space:
        """Creates the space that a TOML string describes; error messages show `name` as the file name."""

    @staticmethod
    def from_dict(description: Mapping[str, Any]) -> Space:
        """Creates a space from a dictionary that has the keys of a space file; error messages show the
        dictionary as TOML.
        """

    @property
    def name(self) -> str:
        """Returns the name of the space."""

    @property
    def size(self) -> int | None:
        """Returns the number of architectures in the space; `None` if the number is infinite or unknown."""

    @property
    def classes(self) -> int | None:
        """Returns the number of architectures, counting isomorphic ones once; `None` if it is unknown."""

    @property
    def notation(self) -> str:
        """Returns an explanation of the space's notation for architectures."""

    @property
    def costs(self) -> list[tuple[str, str]]:
        """Returns the name and the unit of each cost that is known without an evaluation."""

    @property
    def named(self) -> list[str]:
        """Returns the names of the space's named architectures, such as published ones; `parse("@NAME")`
        returns the architecture with this name.
        """

    def to_toml(self) -> str | None:
        """Returns the TOML description of the space; `None` for a built-in space or the space of a benchmark.
        """

    def parse(self, text: str) -> Arch:
        """Reads an architecture in the space's own notation, in a published notation, or as `@NAME`.

        Raises `ArchError` if it cannot, and `UnknownNameError` if no architecture has this name.
        """

    def arch(self, choices: Sequence[int], numbers: Sequence[float] = ...) -> Arch:
        """Returns the architecture with these choices (one per decision) and these values of the numeric
        decisions.
        """

    def sample(self, count: int, seed: int = 0) -> list[Arch]:
        """Returns `count` random architectures: each choice is drawn uniformly from those that its decision
        allows.
        """

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]: ...

@final
class Arch:
    """An architecture. `str(arch)` returns its notation; notebooks draw it as a graph."""

    @property
    def space(self) -> Space:
        """Returns the architecture's search space."""

    @property
    def choices(self) -> tuple[int, ...]:
        """Returns the architecture's choices, one per decision."""

    @property
    def numbers(self) -> tuple[float, ...]:
        """Returns the values of the architecture's numeric decisions."""

    @property
    def choices_by_name(self) -> dict[str, Any]:
        """Returns the architecture's choices by the names of their decisions, as in `{"cell.1.operator":
        "pool"}`.
        """

    @property
    def costs(self) -> dict[str, float]:
        """Returns the architecture's costs by name, in the units that `Space.costs` states."""

    @property
    def hash(self) -> str:
        """Returns the canonical hash; architectures that define the same network have the same hash."""

    def to_dict(self) -> dict[str, Any]:
        """Returns the architecture's notation, decisions, graph and costs."""

    def to_pytorch(self) -> str | None:
        """Returns the text of a Python file that defines the network; `None` if the space does not define
        what its operators compute.
        """

    def to_dot(self) -> str:
        """Returns the architecture's graph in DOT, the language of Graphviz."""

    def to_svg(self) -> str:
        """Returns a drawing of the architecture's graph as SVG."""

    def _repr_svg_(self) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]: ...

@final
class Measurement:
    """A measured value, with the training time and other metrics if known.

    `float(measurement)` returns the value.
    """

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
        """The measured value; accuracies from benchmarks are in percent."""

    @property
    def train_seconds(self) -> float | None:
        """The training time in seconds; `None` if it is unknown."""

    @property
    def metrics(self) -> dict[str, float]:
        """The other measured metrics, by name."""

    def __float__(self) -> float: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]: ...

@final
class Benchmark:
    """A benchmark on one of its data sets: measurements of the architectures of a search space.

    The default data set is the benchmark's first. `query` selects which of an architecture's recorded results
    counts, in the notation of `ganas search --query`, such as `repeat=0`; by default, this is the mean of all
    training runs.
    """

    def __new__(
        cls, name: str, dataset: str | None = None, query: str | None = None
    ) -> Benchmark: ...
    @staticmethod
    def _space_of(name: str, dataset: str | None, query: str | None) -> Space: ...
    @property
    def name(self) -> str:
        """Returns the benchmark's name."""

    @property
    def dataset(self) -> str:
        """Returns the name of the data set."""

    @property
    def space(self) -> Space:
        """Returns the benchmark's search space."""

    @property
    def optimum(self) -> float | None:
        """Returns the best value of any architecture in the benchmark; `None` if it is unknown."""

    def rank(self, value: float) -> int | None:
        """Returns the rank of a value: one plus the number of architectures with a better value; `None` if
        the rank is unknown.
        """

    def test(self, arch: Arch | str) -> float | None:
        """Returns an architecture's test accuracy in percent; `None` if it is unknown. Searches do not call
        this method.
        """

    @overload
    def query(self, arch: Arch | str) -> Measurement | None:  # type: ignore[overload-overlap]
        """Returns the measurement of one architecture, or a list of measurements for several.

        `None` stands for an architecture that is not in the benchmark.
        """

    @overload
    def query(self, arch: Iterable[Arch | str]) -> list[Measurement | None]: ...
    def record(self, arch: Arch | str) -> dict[str, Any] | None:
        """Returns everything that the benchmark knows about an architecture; `None` if the architecture is
        not in the benchmark.
        """

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
    """A study that is open in this process."""

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
    def tell_infeasible(self, trial: int, reason: str, train_seconds: float | None) -> str: ...
    def tell_failed(self, trial: int, reason: str, train_seconds: float | None) -> str: ...
    def tell_stopped(self, trial: int, train_seconds: float | None) -> str: ...
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
