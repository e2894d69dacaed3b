"""A trial that is being evaluated."""

from __future__ import annotations

from ganas._ganas import Arch, Asked, Core, Measurement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import SupportsFloat


class Trial:
    """An architecture that a study wants to know the value of."""

    def __init__(self, core: Core, asked: Asked) -> None:
        self._core = core
        self._asked = asked
        self._told = False
        self._behind = False
        self._interrupted = False
        self._answered_interrupted = False

    @property
    def number(self) -> int:
        """Its number in the study, from 0."""
        return self._asked.number

    @property
    def arch(self) -> Arch:
        """The architecture."""
        return self._asked.arch

    @property
    def source(self) -> str:
        """Where the strategy had it from."""
        return self._asked.source

    @property
    def seed(self) -> int:
        """A seed below 2³² for whatever is random in the evaluation, its own for each trial."""
        return self._asked.seed

    @property
    def attempts_before(self) -> int:
        """How often its evaluation was begun before and did not end."""
        return self._asked.attempts_before

    @property
    def fidelity(self) -> float | None:
        """How thorough the evaluation is to be, in a study of several fidelities."""
        return self._asked.fidelity

    @property
    def resumes(self) -> int | None:
        """The trial of the same architecture at the fidelity below, whose training it may resume."""
        return self._asked.resumes

    @property
    def is_told(self) -> bool:
        """Was its result told, or was it given up?"""
        return self._told

    def tell(
        self,
        value: SupportsFloat | Measurement,
        *,
        train_seconds: float | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> str:
        """Tells what the architecture is worth; it is on the disk then.

        Returns what became of it: `measured`, `infeasible` where it breaks a limit, `held` until trials asked
        before it are told, or `late` where the study had ended.

        Raises `TypeError` and `MeasurementError` for what is no finite number, after which the trial is open
        still, and `NotOpenError` for a trial that was told before.
        """
        if train_seconds is not None or metrics:
            value = Measurement(float(value), train_seconds=train_seconds, metrics=dict(metrics or {}))
        return self._say(self._core.tell(self._asked, value))

    def infeasible(self, reason: str = "") -> str:
        """Tells that the architecture was tried and cannot be used; this costs a query."""
        return self._say(self._core.tell_infeasible(self.number, reason))

    def fail(self, reason: str = "") -> str:
        """Tells that it could not be measured, whatever it is worth; this costs no query."""
        return self._say(self._core.tell_failed(self.number, reason))

    def stop(self) -> str:
        """Tells that its training ended early: what it last reported is its result."""
        return self._say(self._core.tell_stopped(self.number))

    def give_up(self) -> str:
        """Gives it back: the study offers it again."""
        return self._say(self._core.give_up(self.number))

    def report(
        self,
        step: int,
        value: SupportsFloat,
        *,
        train_seconds: float | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> None:
        """Reports what it has reached at a step, such as an epoch; steps rise.

        Raises `ReportError` for what cannot be taken, after which the trial goes on.
        """
        measured = value
        if train_seconds is not None or metrics:
            measured = Measurement(float(value), train_seconds=train_seconds, metrics=dict(metrics or {}))
        self._behind = self._core.report(self.number, step, measured)

    def should_stop(self) -> bool:
        """Is it to end now, since it falls behind others or Ctrl-C was pressed?

        What the function returns then does not matter: its last report counts, or it is made again.
        """
        # Another thread interrupts it: what is answered is what is remembered.
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
            "expected something that another process can have, found a trial, which is its study's:"
            " send trial.arch and trial.seed, and tell the trial here"
        )
