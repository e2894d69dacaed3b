"""A trial that is being evaluated."""

from __future__ import annotations

from ganas._ganas import Arch, Asked, Core, Measurement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import SupportsFloat


class Trial:
    """A trial: an architecture that a study asks to have evaluated."""

    def __init__(self, core: Core, asked: Asked) -> None:
        self._core = core
        self._asked = asked
        self._told = False
        self._behind = False
        self._interrupted = False
        self._answered_interrupted = False

    @property
    def number(self) -> int:
        """Returns its number in the study, from 0."""
        return self._asked.number

    @property
    def arch(self) -> Arch:
        """Returns the architecture."""
        return self._asked.arch

    @property
    def source(self) -> str:
        """Returns the name of the part of the strategy that proposed the architecture, such as `generator`.
        """
        return self._asked.source

    @property
    def seed(self) -> int:
        """Returns a seed below 2³² for the randomness of the evaluation, different for each trial."""
        return self._asked.seed

    @property
    def attempts_before(self) -> int:
        """Returns the number of earlier evaluations of this trial that began but did not end."""
        return self._asked.attempts_before

    @property
    def fidelity(self) -> float | None:
        """Returns the fidelity of the evaluation, in a study with several fidelities."""
        return self._asked.fidelity

    @property
    def resumes(self) -> int | None:
        """Returns the same architecture's trial at the next lower fidelity, whose training this trial may resume."""
        return self._asked.resumes

    @property
    def is_told(self) -> bool:
        """Returns true if its result was told or it was given up."""
        return self._told

    def tell(
        self,
        value: SupportsFloat | Measurement,
        *,
        train_seconds: float | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> str:
        """Tells the study the architecture's value, which is on disk when this returns.

        Returns the trial's state: `measured`, `infeasible` if it breaks a limit, `held` until trials asked
        before it are told, or `late` if the study had ended.

        Raises `TypeError` or `MeasurementError` unless the value is a finite number; the trial then
        remains open. Raises `NotOpenError` for a trial that was already told.
        """
        if train_seconds is not None or metrics:
            value = Measurement(float(value), train_seconds=train_seconds, metrics=dict(metrics or {}))
        return self._say(self._core.tell(self._asked, value))

    def infeasible(self, reason: str = "") -> str:
        """Tells the study that the architecture was tried and cannot be used; this costs a query."""
        return self._say(self._core.tell_infeasible(self.number, reason))

    def fail(self, reason: str = "") -> str:
        """Reports that it could not be measured, for a reason unrelated to the architecture; does not use a query."""
        return self._say(self._core.tell_failed(self.number, reason))

    def stop(self) -> str:
        """Tells the study that the training ended early: the last report is the result."""
        return self._say(self._core.tell_stopped(self.number))

    def give_up(self) -> str:
        """Gives it back, so that the study offers it again."""
        return self._say(self._core.give_up(self.number))

    def report(
        self,
        step: int,
        value: SupportsFloat,
        *,
        train_seconds: float | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> None:
        """Reports the value at a step, such as an epoch; steps must increase.

        Raises `ReportError` for an invalid report; the trial then continues.
        """
        measured = value
        if train_seconds is not None or metrics:
            measured = Measurement(float(value), train_seconds=train_seconds, metrics=dict(metrics or {}))
        self._behind = self._core.report(self.number, step, measured)

    def should_stop(self) -> bool:
        """Returns true if the trial should end now, because it has fallen behind others or Ctrl-C was
        pressed.

        The return value of the training function is then ignored: the last report counts or, after Ctrl-C,
        the trial is repeated.
        """
        # Another thread may interrupt it at any time: remember the answer given.
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
