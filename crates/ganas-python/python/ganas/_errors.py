"""The exceptions that ganas raises, and two that training functions may raise."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Error(Exception):
    """The base class of the exceptions that ganas raises. The message says what was expected, what was found
    and what to do.
    """

    option: str | None
    """The option that is wrong, if any, by its key in study files. The key `from` appears as `known`."""

    _defaults: dict[str, Any] = {"option": None}

    def __init__(self, message: str = "", **fields: Any) -> None:
        super().__init__(message)
        self.__dict__.update(type(self)._all_defaults(), **fields)

    @classmethod
    def _all_defaults(cls) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            merged.update(base.__dict__.get("_defaults", {}))
        return merged

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), str(self), dict(self.__dict__))


def _restored(kind: type[Error], message: str, fields: dict[str, Any]) -> Error:
    return kind(message, **fields)


class UsageError(Error, ValueError):
    """An argument or an option is invalid, or the request cannot be carried out."""

    path: str | None
    """The file that contains the mistake, if any."""
    line: int | None
    """The line in the file, counting from 1."""

    _defaults = {"path": None, "line": None}


class UnknownNameError(UsageError):
    """A name is not one of the valid ones."""

    what: str
    """What the name should refer to, such as `benchmark`."""
    found: str
    """The name that was given."""
    valid: list[str]
    """The valid names."""


class ArchError(UsageError):
    """A string or a list of choices does not describe an architecture of the search space."""

    space: str | None
    """The name of the space."""
    position: int | None
    """The position of the mistake in the text (in bytes) or among the decisions, counting from 0."""
    text: str | None
    """The text, if the architecture was given as text."""

    _defaults = {"space": None, "position": None, "text": None}


class SpaceFileError(UsageError):
    """A study file or the description of a search space contains a mistake."""

    file: str
    """The path of the file, or the name of the description."""
    line: int
    """The line of the mistake, counting from 1."""
    column: int
    """The column of the mistake, counting from 1."""
    found: str
    """What was expected at this place, and what was found."""


class NotImportedError(Error):
    """The table of a benchmark has not been imported yet; import it with `ganas bench import`."""

    benchmark: str
    """The name of the benchmark."""
    files: str
    """The files from which the table can be imported."""
    table: str
    """The path of the missing table."""


class FileError(Error):
    """A file or folder could not be read or written."""

    path: str
    """The path of the file or folder."""


class StoreError(Error):
    """A study's directory cannot be used. The failed operation changed nothing in the directory, except that
    it may have stored a trial's result.
    """

    directory: str | None
    """The directory, if known."""

    _defaults = {"directory": None}


class LockedError(StoreError):
    """Another process is using the study."""

    pid: int | None
    """The ID of the process; `None` if it could not be read."""


class StudyError(Error):
    """A study could not begin or continue, or has no result yet."""


class NotOpenError(StudyError):
    """A result or a report was given for a trial that is not open, for example because it already has a
    result.
    """

    open: list[int]
    """The numbers of the open trials: those that were asked for and have no result yet."""
    found: int
    """The number of the trial that is not open."""


class MeasurementError(StudyError, ValueError):
    """A number in a measurement is out of range, or the training time is missing although the study limits
    it. The trial remains open.
    """

    arch: str
    """The architecture, in the notation of its space."""


class ReportError(StudyError, ValueError):
    """A report from a running trial is invalid."""

    trial: int
    """The number of the trial."""


class NothingFeasibleError(StudyError):
    """No architecture satisfies the limits, or the search found none that does."""

    rejections: list[str]
    """For each limit, how many architectures were checked and how many of them it rejected."""


class TooManyFailuresError(StudyError):
    """The study ended because too many evaluations failed."""

    failures: int
    """The number of failed evaluations."""
    evaluations: int
    """The number of all evaluations."""


class NothingFoundError(StudyError):
    """The study ended without finding a usable architecture."""

    failures: int
    """The number of failed evaluations."""
    evaluations: int
    """The number of all evaluations."""


class ForkedError(Error, RuntimeError):
    """A study was opened or used in a fork of a process that had already opened one."""

    opened_by: int
    """The ID of that process."""


class _NoValue(Exception):
    """The reason why an evaluation has no value, and the time that it took."""

    # The default is for subclasses whose constructors do not call this one.
    train_seconds: float | None = None

    def __init__(self, *args: object, train_seconds: float | None = None) -> None:
        super().__init__(*args)
        self.train_seconds = train_seconds


class Infeasible(_NoValue):
    """Raise this if the architecture was tried and cannot be used. This costs a query. `train_seconds` counts
    towards the study's limit on training time.
    """


class Failed(_NoValue):
    """Raise this if the architecture could not be measured for a reason unrelated to it, such as a full disk.
    This costs no query. `train_seconds` counts towards the study's limit on training time.
    """
