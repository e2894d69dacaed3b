"""Exceptions raised by ganas, and those that training functions may raise."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Error(Exception):
    """The base class of all ganas exceptions; the message says what was expected, what was found and what to do."""

    option: str | None
    """The option concerned, by its key in study files."""

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
    """The request is invalid or cannot be carried out."""

    path: str | None
    """The file that contains the error, if any."""
    line: int | None
    """The line in the file, from 1."""

    _defaults = {"path": None, "line": None}


class UnknownNameError(UsageError):
    """A name that is not one of the valid ones."""

    what: str
    """The kind of thing to be named."""
    found: str
    """The name given."""
    valid: list[str]
    """The valid names."""


class ArchError(UsageError):
    """Something is not an architecture of the search space."""

    space: str | None
    """Name of the space."""
    position: int | None
    """The position of the error: a byte in the text, or a decision, from 0."""
    text: str | None
    """The text."""

    _defaults = {"space": None, "position": None, "text": None}


class SpaceFileError(UsageError):
    """An error in a study file or a space file, with its location."""

    file: str
    """The file, or the name of the description."""
    line: int
    """The line, from 1."""
    column: int
    """The column, from 1."""
    found: str
    """The expected and the actual content."""


class NotImportedError(Error):
    """The benchmark's table must be imported first, with `ganas bench import`."""

    benchmark: str
    """Its name."""
    files: str
    """The files that can be imported."""
    table: str
    """The path of the missing table."""


class FileError(Error):
    """A file or folder could not be read or written."""

    path: str
    """The file."""


class StoreError(Error):
    """A study's directory cannot be used; it was not changed."""

    directory: str | None
    """The directory."""

    _defaults = {"directory": None}


class LockedError(StoreError):
    """Another process is using the study."""

    pid: int | None
    """The ID of the process, if it could be read."""


class StudyError(Error):
    """A study could not begin or continue."""


class NotOpenError(StudyError):
    """A result was told for a trial that is not open, for example because it already has one."""

    open: list[int]
    """The open trials: asked but not told."""
    found: int
    """The trial whose result was told."""


class MeasurementError(StudyError, ValueError):
    """A measurement contains a number out of range; the trial remains open."""

    arch: str
    """The architecture."""


class ReportError(StudyError, ValueError):
    """A report of a running trial is invalid."""

    trial: int
    """The trial."""


class NothingFeasibleError(StudyError):
    """No architecture satisfies the limits, or none was found."""

    rejections: list[str]
    """For each limit, the number of architectures it rejected and the number checked."""


class TooManyFailuresError(StudyError):
    """The limit on failed evaluations was reached."""

    failures: int
    """Number of failures."""
    evaluations: int
    """Number of evaluations."""


class NothingFoundError(StudyError):
    """No evaluation returned a value."""

    failures: int
    """Number of failures."""
    evaluations: int
    """Number of evaluations."""


class ForkedError(Error, RuntimeError):
    """A study was used in a process other than the one that opened it."""

    opened_by: int
    """The ID of the process that opened it."""


class Infeasible(Exception):
    """Raise this if an architecture was tried and cannot be used. This costs a query."""


class Failed(Exception):
    """Raise this if an architecture could not be measured, for a reason unrelated to it. This costs no query.
    """
