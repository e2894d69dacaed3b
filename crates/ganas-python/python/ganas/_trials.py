"""Trials as a study keeps them."""

from __future__ import annotations

from collections.abc import Sequence

from ganas._ganas import Arch

# Importing `typing` or `dataclasses` takes longer than importing all of ganas.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, overload

    import pandas

_SHOWN = 20
"""Rows that a notebook shows."""


class _Record:
    """Fields by name that stay as they are."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"expected a record to stay as it is, found {name!r} to be set")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({fields})"


class Report(_Record):
    """What a trial reported on the way."""

    step: int
    """The step, such as the epoch."""
    value: float
    """The value as it was measured at the step."""
    train_seconds: float | None
    """Seconds of training up to the step."""
    metrics: Mapping[str, float]
    """What else was measured there."""


class TrialRecord(_Record):
    """A trial as a study keeps it."""

    number: int
    """Its number, from 0; below 0 if its value was known before the study."""
    state: str
    """`known`, `pending`, `running`, `measured`, `stopped`, `infeasible`, `failed` or `out of domain`."""
    arch: Arch
    """The architecture."""
    value: float | None
    """The value as it was measured."""
    query: int | None
    """The query that it cost, from 1; `None` while it does not count, and if it failed."""
    source: str
    """Where the strategy had it from."""
    reason: str | None
    """Why it failed, or is infeasible."""
    train_seconds: float | None
    """Seconds of training."""
    metrics: Mapping[str, float]
    """What else was measured, by name."""
    round: int
    """The round of the strategy that it is of; -1 if it was known before."""
    seed: int
    """The seed for its evaluation."""
    attempts: int
    """How often its evaluation was begun."""
    started: float | None
    """When its evaluation last began, in seconds since 1970."""
    ended: float | None
    """When it ended, in seconds since 1970."""
    predictions: Mapping[str, float]
    """What each model of the strategy said of it when it was proposed; higher is better."""
    step: int | None
    """The step that its result is of; `None` for a whole evaluation."""
    rung: int | None
    """The rung below the top that it is evaluated at, from 0; `None` for a whole evaluation."""
    reports: tuple[Report, ...]
    """What it reported on the way."""

    def _repr_html_(self) -> str:
        return _table([self], "")


class MeasuredTrial(TrialRecord):
    """A trial that has a value, for whoever checks types: nothing else makes it another."""

    value: float


def read_trial(found: Mapping[str, Any]) -> TrialRecord:
    """A trial of what the module gives."""
    fields = dict(found)
    reports = tuple(
        Report(
            step=it["step"],
            value=it["objective"],
            train_seconds=it.get("train_seconds"),
            metrics=it.get("metrics", {}),
        )
        for it in fields.pop("reports", ())
    )
    return TrialRecord(number=fields.pop("trial"), reports=reports, **fields)


class Trials(Sequence[TrialRecord]):
    """The trials of a study, in the order asked; what was known before comes first."""

    def __init__(self, trials: Sequence[TrialRecord]) -> None:
        self._trials = list(trials)

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, index: int) -> TrialRecord: ...
        @overload
        def __getitem__(self, index: slice) -> Trials: ...
        def __getitem__(self, index: int | slice) -> TrialRecord | Trials: ...

    else:

        def __getitem__(self, index):
            found = self._trials[index]
            return Trials(found) if isinstance(index, slice) else found

    def __len__(self) -> int:
        return len(self._trials)

    def __iter__(self) -> Iterator[TrialRecord]:
        return iter(self._trials)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trials) and self._trials == other._trials

    def __repr__(self) -> str:
        return f"<ganas.Trials: {len(self)}>"

    def _repr_html_(self) -> str:
        more = len(self) - _SHOWN
        note = f"and {more} more; `to_pandas()` has all" if more > 0 else ""
        return _table(self._trials[:_SHOWN], note)

    def to_dicts(self) -> list[dict[str, Any]]:
        """A flat dictionary for each trial: its architecture as text, and `metrics.NAME` for each metric."""
        return [_flat(trial) for trial in self._trials]

    def to_pandas(self) -> pandas.DataFrame:
        """A row for each trial.

        Raises `ImportError` where pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            message = (
                "expected the package pandas for to_pandas(), found none: `pip install pandas`;"
                " to_dicts() needs nothing"
            )
            raise ImportError(message) from error
        rows = self.to_dicts()
        return pandas.DataFrame(rows) if rows else pandas.DataFrame(columns=_COLUMNS)


_COLUMNS = [
    "number",
    "state",
    "value",
    "query",
    "arch",
    "source",
    "reason",
    "train_seconds",
    "round",
    "seed",
    "attempts",
    "started",
    "ended",
    "step",
    "rung",
]


def _flat(trial: TrialRecord) -> dict[str, Any]:
    row = {name: getattr(trial, name) for name in _COLUMNS}
    row["arch"] = str(trial.arch)
    row.update({f"metrics.{name}": number for name, number in trial.metrics.items()})
    return row


def _table(trials: Sequence[TrialRecord], note: str) -> str:
    import html

    head = "".join(f"<th>{name}</th>" for name in ("trial", "state", "value", "source", "architecture"))
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in _cells(trial)) + "</tr>"
        for trial in trials
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{html.escape(note)}"


def _cells(trial: TrialRecord) -> tuple[str, ...]:
    value = "" if trial.value is None else f"{trial.value:.6g}"
    return (str(trial.number), trial.state, value, trial.source, str(trial.arch))
