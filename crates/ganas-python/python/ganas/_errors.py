"""What is raised: by ganas, and by functions that measure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Error(Exception):
    """All that ganas raises, with its text: what was expected, what was found, and what to do."""

    option: str | None
    """The option that it is about, by its key in study files."""

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
    """What was asked cannot be done, whatever the work would give."""

    path: str | None
    """The file that is wrong, if it is one's fault."""
    line: int | None
    """The line in it, from 1."""

    _defaults = {"path": None, "line": None}


class UnknownNameError(UsageError):
    """A name that is not one of the valid ones."""

    what: str
    """What was to be named."""
    found: str
    """The name given."""
    valid: list[str]
    """The names there are."""


class ArchError(UsageError):
    """Something is not an architecture of the search space."""

    space: str | None
    """Name of the space."""
    position: int | None
    """The byte of the text, or the decision from 0, that is wrong."""
    text: str | None
    """The text."""

    _defaults = {"space": None, "position": None, "text": None}


class SpaceFileError(UsageError):
    """A file of a study or a search space is wrong, with the place in it."""

    file: str
    """The file, or what the description is called."""
    line: int
    """The line, from 1."""
    column: int
    """The column, from 1."""
    found: str
    """What was expected there and what was found."""


class NotImportedError(Error):
    """A benchmark whose table has to be imported first, by `ganas bench import`."""

    benchmark: str
    """Its name."""
    files: str
    """What can be imported."""
    table: str
    """The table that was looked for."""


class FileError(Error):
    """A file or folder could not be read or written."""

    path: str
    """The file."""


class StoreError(Error):
    """A study's directory cannot be used; nothing in it was changed."""

    directory: str | None
    """The directory."""

    _defaults = {"directory": None}


class LockedError(StoreError):
    """Another process is at work on the study."""

    pid: int | None
    """The process's id, if it could be read."""


class StudyError(Error):
    """A study could not begin or go on."""


class NotOpenError(StudyError):
    """A trial was told that is not being evaluated, for example twice."""

    open: list[int]
    """The trials that were asked for and not told."""
    found: int
    """The trial that was told."""


class MeasurementError(StudyError, ValueError):
    """A measurement with a number out of its range; the trial is open still."""

    arch: str
    """The architecture."""


class ReportError(StudyError, ValueError):
    """A report on the way that cannot be taken."""

    trial: int
    """The trial."""


class NothingFeasibleError(StudyError):
    """No architecture satisfies the limits, or none was found that does."""

    rejections: list[str]
    """For each limit, how many architectures it rejected of how many."""


class TooManyFailuresError(StudyError):
    """As many evaluations failed as may."""

    failures: int
    """How many failed."""
    evaluations: int
    """Of how many."""


class NothingFoundError(StudyError):
    """No evaluation gave a value."""

    failures: int
    """How many failed."""
    evaluations: int
    """Of how many."""


class ForkedError(Error, RuntimeError):
    """A study was used in another process than the one that opened it."""

    opened_by: int
    """The process that opened it."""


class Infeasible(Exception):
    """Raise it where an architecture was tried and cannot be used: this costs a query."""


class Failed(Exception):
    """Raise it where an architecture could not be measured, whatever it is worth: this costs no query."""
