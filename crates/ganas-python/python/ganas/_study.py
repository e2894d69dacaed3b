"""Studies."""

from __future__ import annotations

from ganas import _workers
from ganas._errors import StudyError
from ganas._ganas import Arch, Benchmark, Core, Measurement, Space
from ganas._trial import Trial
from ganas._trials import TrialRecord, Trials, read_trial

# Importing `typing` takes longer than importing all of ganas.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from os import PathLike
    from types import TracebackType
    from typing import Any, SupportsFloat, Union

    from ganas._trials import MeasuredTrial

    _Train = Callable[[Trial], Union[SupportsFloat, Measurement, None]]
    """A function that evaluates a trial: it returns the value, or raises `Infeasible` or `Failed`."""

    _Limits = Union[Mapping[str, Union[float, str]], Sequence[str]]
    """Limits by metric, as in `{"params": "1M"}` or `["params=1M"]`."""


class Study:
    """A search for good architectures in a space or a benchmark, with its results.

    If a directory is given, the study is stored there. Calling `Study` again with the same arguments then
    resumes it, even in another process. You can also resume it from the command line: with `ganas resume` if
    a benchmark or a command evaluates the trials, or with `ganas serve --dir` if a Python function does. The
    options and their defaults are those of `ganas search`; `known` corresponds to `--from`.
    """

    def __init__(
        self,
        subject: Space | Benchmark,
        *,
        strategy: str | None = None,
        budget: int | None = None,
        seed: int | None = None,
        max: _Limits | None = None,
        min: _Limits | None = None,
        objectives: Mapping[str, str] | Sequence[str] | None = None,
        minimise: bool = False,
        distinct: str | None = None,
        target: float | None = None,
        until_optimum: bool = False,
        max_train_seconds: float | None = None,
        fidelity: str | Mapping[str, Any] | None = None,
        stopping: str | Mapping[str, Any] | None = None,
        max_failures: int | None = None,
        workers: int | None = None,
        asynchronous: bool = False,
        known: Sequence[Arch | str | PathLike[str]] | None = None,
        directory: str | PathLike[str] | None = None,
    ) -> None:
        given = {
            "strategy": strategy,
            "budget": budget,
            "seed": seed,
            "max": max,
            "min": min,
            "objectives": objectives,
            "minimise": minimise,
            "distinct": distinct,
            "target": target,
            "until_optimum": until_optimum,
            "max_train_seconds": max_train_seconds,
            "fidelity": fidelity,
            "stopping": stopping,
            "max_failures": max_failures,
            "workers": workers,
            "asynchronous": asynchronous,
            "known": known,
        }
        self._core = Core.begin(subject, directory, given)

    @classmethod
    def open(
        cls,
        directory: str | PathLike[str],
        *,
        budget: int | None = None,
        workers: int | None = None,
        max_failures: int | None = None,
    ) -> Study:
        """Resumes the study in a directory, whether it was started from Python or from the command line. A
        larger `budget` extends the study.

        Raises `StoreError` if the directory contains no study, and `LockedError` while another process is
        using the study.
        """
        study = cls.__new__(cls)
        given = {"budget": budget, "workers": workers, "max_failures": max_failures}
        study._core = Core.open(directory, given)
        return study

    def optimize(
        self,
        train: _Train | None = None,
        *,
        workers: int | None = None,
        catch: type[Exception] | tuple[type[Exception], ...] = (),
    ) -> None:
        """Asks for trials, evaluates them with `train` and tells the study the results, until the study ends.

        `train(trial)` returns the value of `trial.arch`, or a `Measurement`. It may call
        `trial.report(step, value)` and `trial.should_stop()`. With several workers, `train` runs in that many
        threads at once. Omit `train` if a benchmark or a command evaluates the trials.

        `Infeasible` and `Failed`, if raised by `train`, become the result of the trial; exceptions of the
        types in `catch` count as failed evaluations. Any other exception stops the run and is re-raised here;
        its trial is evaluated again when the study resumes. Ctrl-C also stops the run. With several workers,
        `optimize` first waits for the running evaluations to finish; after a second Ctrl-C, it no longer
        waits.

        Raises `TooManyFailuresError` if too many evaluations failed, and `NothingFoundError` if the study
        ended without finding a usable architecture.
        """
        if workers is not None and workers < 1:
            raise ValueError(f"workers: expected a whole number of at least 1, found {workers}")
        runs_here = self._core.runs_here
        if runs_here and train is not None:
            raise StudyError(
                "expected optimize() without a function, because the study's benchmark or command measures the architectures;"
                " a study of a ganas.Space is measured by a function"
            )
        if not runs_here and not callable(train):
            raise TypeError(
                f"expected a function that measures the architecture of a trial, found {train!r}"
            )
        state = self._core.state()
        if workers is not None:
            self._core.set_workers(workers)
        if train is None:
            self._core.run()
        else:
            _workers.drive(self._core, train, workers or state["workers"], catch)
            self._check_none_open()
            self._core.conclude()

    def ask(self, count: int = 1) -> list[Trial]:
        """Returns at most `count` trials to evaluate.

        The list is empty if the study has ended or first needs the results of trials that it returned
        earlier.
        """
        return [Trial(self._core, asked) for asked in self._core.ask(count)]

    def __iter__(self) -> Iterator[Trial]:
        """Iterates over trials until the study ends. Tell the study each trial's result before you request
        the next trial.
        """
        while trials := self.ask():
            trial = trials[0]
            try:
                yield trial
                if not trial.is_told:
                    raise StudyError(
                        f"expected trial {trial.number} to be told before the next one is asked for:"
                        " trial.tell(value), or trial.give_up(); study.ask(count) gives several at a time"
                    )
            finally:
                if not trial.is_told:
                    trial.give_up()
        self._check_none_open()

    def _check_none_open(self) -> None:
        """Raises `StudyError` if the study cannot continue, because it waits for trials that were handed out
        before.
        """
        if open_trials := self._core.state()["open"]:
            if self.stop_reason is None:
                raise StudyError(f"expected the open trials {open_trials} to be told first")

    @property
    def best(self) -> MeasuredTrial:
        """Returns the trial with the best value; of several equally good ones, the earliest.

        Raises `StudyError` if there is none yet.
        """
        found = self._core.best()
        if found is None:
            raise StudyError("expected a study with a measured trial, found none yet")
        best: Any = read_trial(found)
        return best  # type: ignore[no-any-return]

    @property
    def front(self) -> list[TrialRecord]:
        """Returns the trials on the Pareto front, best value first. Without further objectives, the list
        contains only the best trial.
        """
        # Read before the trials, which other threads may add to meanwhile.
        front = self._core.front()
        by_number = {trial.number: trial for trial in self.trials}
        return [by_number[number] for number in front]

    @property
    def trials(self) -> Trials:
        """Returns all trials, in the order in which the study handed them out."""
        return Trials([read_trial(trial) for trial in self._core.trials()])

    @property
    def space(self) -> Space:
        """Returns the search space."""
        return self._core.space

    @property
    def directory(self) -> str | None:
        """Returns the directory in which the study is stored; `None` if no directory was given."""
        directory = self._core.directory
        return None if directory is None else str(directory)

    @property
    def queries(self) -> int:
        """Returns the number of queries made so far."""
        return int(self._core.state()["queries"])

    @property
    def budget(self) -> int:
        """Returns the budget, in queries."""
        return int(self._core.state()["budget"])

    @property
    def stop_reason(self) -> str | None:
        """Returns the reason why the study ended, such as `budget`; `None` if it has not ended."""
        reason = self._core.state()["stop_reason"]
        return None if reason is None else str(reason)

    def retry_failed(self) -> int:
        """Schedules failed trials for another evaluation, as far as the budget allows, and returns the number
        scheduled.

        Call it before the first ask or tell, for example right after `Study.open`.
        """
        return self._core.retry_failed()[0]

    def report(self, path: str | PathLike[str] = "report.html") -> None:
        """Writes a report on the study as a single self-contained HTML file."""
        self._core.page(path)

    def to_csv(self) -> str:
        """Returns the trials as CSV, which another study can read through its `known` option."""
        return self._core.csv()

    def close(self) -> None:
        """Ends this process's use of the study, so that another process can open it."""
        self._core.close()

    def __enter__(self) -> Study:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = self._core.state()
        ended = f", ended: {state['stop_reason']}" if state["stop_reason"] else ""
        return (
            f"<ganas.Study of {self.space.name} by {state['strategy']}, seed {state['seed']}:"
            f" {state['queries']} of {state['budget']} queries{ended}>"
        )

    def _repr_html_(self) -> str:
        import html

        trials = [trial for trial in self.trials if trial.query is not None]
        newest = Trials(trials[::-1])._repr_html_()
        best = self._core.best()
        drawn = ""
        if best is not None:
            shown = read_trial(best)
            drawn = (
                f"<p>best: {shown.value:.6g}, trial {shown.number}, {html.escape(str(shown.arch))}</p>"
                f"{shown.arch._repr_svg_()}"
            )
        return f"<p>{html.escape(repr(self))}</p>{drawn}{newest}"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError(
            "expected an object that can be sent to another process, found a study, which only one process can use:"
            " send trial.arch, or close() the study and call ganas.Study.open(directory) in the other process"
        )
