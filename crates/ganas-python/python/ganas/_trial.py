"""A trial that is being evaluated."""

from __future__ import annotations

from ganas._ganas import Arch, Asked, Core, Measurement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import SupportsFloat


class Trial:
    """A study's request to evaluate an architecture."""

    def __init__(self, core: Core, asked: Asked) -> None:
        self._core = core
        self._asked = asked
        self._told = False
        self._behind = False
        self._interrupted = False
        self._answered_interrupted = False

    @property
    def number(self) -> int:
        """Returns the trial's number in the study, counting from 0."""
        return self._asked.number

    @property
    def arch(self) -> Arch:
        """Returns the architecture to evaluate."""
        return self._asked.arch

    @property
    def source(self) -> str:
        """Returns the name of the part of the strategy that proposed the architecture, such as `generator`.
        """
        return self._asked.source

    @property
    def seed(self) -> int:
        """Returns a seed below 2³² for random numbers in the evaluation; it depends only on the study's seed
        and the trial's number.
        """
        return self._asked.seed

    @property
    def attempts_before(self) -> int:
        """Returns the number of earlier attempts to evaluate this trial, such as one that ended when the
        study's process was killed.
        """
        return self._asked.attempts_before

    @property
    def fidelity(self) -> float | None:
        """Returns the fidelity of the evaluation, such as a number of epochs; `None` if the study has only
        one fidelity.
        """
        return self._asked.fidelity

    @property
    def resumes(self) -> int | None:
        """Returns the number of the trial that evaluated the same architecture at the next lower fidelity;
        `None` if there is none.

        This evaluation may continue where that one ended.
        """
        return self._asked.resumes

    @property
    def is_told(self) -> bool:
        """Returns true if the trial has a result or was given up."""
        return self._told

    def tell(
        self,
        value: SupportsFloat | Measurement,
        *,
        train_seconds: float | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> str:
        """Tells the study the value of the architecture. When this method returns, the value is on disk.

        Returns the state of the trial: `measured`; `stopped` if its reports had already fallen behind those
        of others; `infeasible` if it breaks a limit; `failed` if a metric has the same name as a cost; `held`
        if the study still awaits the results of trials that it handed out earlier; or `late` if the study had
        already ended.

        Raises `TypeError` if the value is not a number, and `MeasurementError` if the value is not finite or
        another number is out of range or missing; the trial then remains open. Raises `NotOpenError` if the
        trial already has a result.
        """
        return self._say(self._core.tell(self._asked, _measured(value, train_seconds, metrics)))

    def infeasible(self, reason: str = "", *, train_seconds: float | None = None) -> str:
        """Tells the study that the architecture was tried and cannot be used; this costs a query.

        `train_seconds` counts towards the study's limit on training time. Raises `MeasurementError` if it is
        out of range; the trial then remains open.
        """
        return self._say(self._core.tell_infeasible(self.number, reason, train_seconds))

    def fail(self, reason: str = "", *, train_seconds: float | None = None) -> str:
        """Tells the study that the architecture could not be measured, for a reason unrelated to it; this
        costs no query. `train_seconds` is as for `infeasible`.
        """
        return self._say(self._core.tell_failed(self.number, reason, train_seconds))

    def stop(self, *, train_seconds: float | None = None) -> str:
        """Tells the study that the evaluation ended early; the last report becomes the result.

        If that report does not state its training time, `train_seconds` is used; its range is as for
        `infeasible`.
        """
        return self._say(self._core.tell_stopped(self.number, train_seconds))

    def give_up(self) -> str:
        """Gives the trial back without a result; the study will offer it again."""
        return self._say(self._core.give_up(self.number))

    def report(
        self,
        step: int,
        value: SupportsFloat,
        *,
        train_seconds: float | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> None:
        """Reports the value at a step of the evaluation, such as an epoch. Each step must be greater than the
        one before.

        Raises `ReportError` if the report is invalid; the trial then continues.
        """
        measured = _measured(value, train_seconds, metrics)
        self._behind = self._core.report(self.number, step, measured)

    def should_stop(self) -> bool:
        """Returns true if the evaluation should end now, because it has fallen behind others or because
        Ctrl-C was pressed.

        `Study.optimize` then ignores the value that the training function returns, except for its training
        time: the last report becomes the result or, after Ctrl-C, the trial is evaluated again when the study
        resumes.
        """
        # Another thread may interrupt the trial at any time, so remember the answer given here.
        if self._interrupted:
            self._answered_interrupted = True
        return self._behind or self._answered_interrupted

    def _say(self, told: str) -> str:
        self._told = True
        return told

    def __repr__(self) -> str:
        return f"<ganas.Trial {self.number}: {self.arch}>"

    def _repr_svg_(self) -> str:
        return self.arch._repr_svg_()

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError(
            "expected an object that can be sent to another process, found a trial, which belongs to its study:"
            " send trial.arch and trial.seed, and tell the trial here"
        )


def _measured(
    value: SupportsFloat | Measurement, train_seconds: float | None, metrics: Mapping[str, float] | None
) -> SupportsFloat | Measurement:
    """Returns the value, together with the training time and the metrics if they are given."""
    if train_seconds is None and not metrics:
        return value
    if isinstance(value, (Measurement, str, bool)):
        raise TypeError(f"expected a number beside `train_seconds` or `metrics`, found {value!r}")
    return Measurement(float(value), train_seconds=train_seconds, metrics=dict(metrics or {}))
