"""Trials as a study stores them."""

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
"""The maximum number of rows that a notebook shows."""


class _Record:
    """An immutable record of named fields."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"expected a record to stay unchanged, found an assignment to {name!r}")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({fields})"


class Report(_Record):
    """A report that was made during the evaluation of a trial."""

    step: int
    """The step, such as the epoch."""
    value: float
    """The value measured at the step."""
    train_seconds: float | None
    """The training time up to the step, in seconds; `None` if it was not reported."""
    metrics: Mapping[str, float]
    """The other metrics measured at the step, by name."""


class TrialRecord(_Record):
    """A trial as a study stores it."""

    number: int
    """The trial's number, counting from 0; negative if the value was known before the study."""
    state: str
    """`known`, `pending`, `running`, `measured`, `stopped`, `infeasible`, `failed` or `out of domain`."""
    arch: Arch
    """The architecture."""
    value: float | None
    """The measured value; `None` if there is none."""
    query: int | None
    """The number of the query that the trial cost, counting from 1; 0 if the value was known before the
    study; `None` if the trial cost no query, or none yet.
    """
    source: str
    """The name of the part of the strategy that proposed the architecture, such as `generator`."""
    reason: str | None
    """The reason why the evaluation failed or the architecture is infeasible; `None` otherwise."""
    train_seconds: float | None
    """The training time in seconds; `None` if it is unknown."""
    metrics: Mapping[str, float]
    """The other measured metrics, by name."""
    round: int
    """The round in which the strategy proposed the architecture, counting from 0; -1 if the value was known
    before the study.
    """
    seed: int
    """The seed for the evaluation."""
    attempts: int
    """How many times the evaluation was started."""
    started: float | None
    """The time at which the evaluation last started, in seconds since 1970; `None` if it has not started."""
    ended: float | None
    """The time at which the evaluation ended, in seconds since 1970; `None` if it has not ended."""
    predictions: Mapping[str, float]
    """The predictions of the strategy's models for the architecture, by the model's name; higher is better.
    """
    step: int | None
    """The step at which the evaluation was stopped; `None` if it was not stopped."""
    rung: int | None
    """The rung of the evaluation, counting from 0 for the lowest; `None` for a full evaluation."""
    reports: tuple[Report, ...]
    """The reports made during the evaluation, in the order of their steps."""

    def _repr_html_(self) -> str:
        return _table([self], "")


class MeasuredTrial(TrialRecord):
    """For type checkers, a trial that has a value; at run time, such a trial is a `TrialRecord`."""

    value: float


def read_trial(found: Mapping[str, Any]) -> TrialRecord:
    """Converts a trial from the form in which the extension module returns it."""
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
    """The trials of a study, in the order in which the study handed them out. Trials whose value was known
    before the study come first.
    """

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
        """Returns a flat dictionary for each trial, in which the architecture is text and each metric has the
        key `metrics.NAME`.
        """
        return [_flat(trial) for trial in self._trials]

    def to_pandas(self) -> pandas.DataFrame:
        """Returns a data frame with one row for each trial.

        Raises `ImportError` if pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            message = (
                "to_pandas() requires the package pandas, which is not installed: run `pip install pandas`,"
                " or use to_dicts(), which requires no package"
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
