"""Runs a study with a Python function as the evaluator, in one thread per worker."""

from __future__ import annotations

from ganas._errors import Error, Failed, Infeasible
from ganas._ganas import Core, Measurement
from ganas._trial import Trial

TYPE_CHECKING = False
if TYPE_CHECKING:
    import queue

    from ganas._study import _Train

_LOOK = 0.1
"""The interval between checks for Ctrl-C, in seconds."""


def drive(
    core: Core,
    train: _Train,
    workers: int,
    catch: type[Exception] | tuple[type[Exception], ...],
) -> None:
    """Evaluates trials until the study ends or an evaluation raises an exception."""
    if workers == 1:
        # In the caller's thread, where Ctrl-C reaches the function itself.
        while asked := core.ask(1):
            trial = Trial(core, asked[0])
            try:
                _evaluate(trial, train, catch)
            except BaseException:
                _leave(trial)
                raise
    else:
        _Pool(core, train, catch).run(workers)


def _evaluate(
    trial: Trial, train: _Train, catch: type[Exception] | tuple[type[Exception], ...]
) -> None:
    """Evaluates a trial with the function and tells the study the result."""
    try:
        value = train(trial)
    except Infeasible as infeasible:
        trial.infeasible(str(infeasible), train_seconds=infeasible.train_seconds)
    except Failed as failed:
        trial.fail(str(failed), train_seconds=failed.train_seconds)
    except catch as error:
        trial.fail(f"{type(error).__name__}: {error}")
    else:
        if trial._answered_interrupted:
            trial.give_up()
        elif trial._behind:
            spent = value.train_seconds if isinstance(value, Measurement) else None
            trial.stop(train_seconds=spent)
        else:
            # An invalid value raises an error that describes it.
            trial.tell(value)  # type: ignore[arg-type]


def _leave(trial: Trial) -> None:
    """Gives back a trial whose evaluation raised an exception, so that it is evaluated again when the study
    resumes.
    """
    if not trial.is_told:
        try:
            trial.give_up()
        except Error:
            # An interrupted `tell` has told the study, or the study cannot continue. In both cases, the
            # exception that the caller raises again says more.
            pass


class _Pool:
    """Threads that ask for trials, evaluate them and tell the study the results."""

    def __init__(
        self,
        core: Core,
        train: _Train,
        catch: type[Exception] | tuple[type[Exception], ...],
    ) -> None:
        # These modules are needed only with several workers.
        import queue
        import threading

        self._core = core
        self._train = train
        self._catch = catch
        self._changed = threading.Condition()
        self._flying: set[Trial] = set()
        self._error: BaseException | None = None
        self._is_wanted = True
        self._ended: queue.SimpleQueue[None] = queue.SimpleQueue()

    def run(self, workers: int) -> None:
        import queue
        import threading

        interruption: KeyboardInterrupt | None = None
        try:
            for number in range(workers):
                threading.Thread(target=self._work, name=f"ganas-{number}").start()
            # Not `join`: in some versions of Python, an interrupted `join` marks the thread as ended.
            ended = 0
            while ended < workers:
                try:
                    self._ended.get(timeout=_LOOK)
                    ended += 1
                except queue.Empty:
                    pass
                except KeyboardInterrupt as interrupted:
                    self._end()
                    if interruption is not None:
                        raise
                    interruption = interrupted
        except BaseException:
            self._end()
            raise
        if interruption is not None:
            raise interruption
        if self._error is not None:
            raise self._error

    def _end(self) -> None:
        with self._changed:
            self._is_wanted = False
            for trial in self._flying:
                trial._interrupted = True
            self._changed.notify_all()

    def _work(self) -> None:
        try:
            self._evaluate_all()
        finally:
            self._ended.put(None)

    def _evaluate_all(self) -> None:
        while (trial := self._next()) is not None:
            error: BaseException | None = None
            try:
                _evaluate(trial, self._train, self._catch)
            except BaseException as raised:
                error = raised
            with self._changed:
                self._flying.discard(trial)
                if error is not None:
                    # Set first, so that no other thread takes the trial that is given back.
                    self._is_wanted = False
                    self._error = self._error or error
                    _leave(trial)
                self._changed.notify_all()

    def _next(self) -> Trial | None:
        """Returns the next trial; `None` if the study has ended or the threads should stop."""
        with self._changed:
            while self._is_wanted:
                try:
                    asked = self._core.ask(1)
                except BaseException as error:
                    self._error = self._error or error
                    self._is_wanted = False
                    self._changed.notify_all()
                    return None
                if asked:
                    trial = Trial(self._core, asked[0])
                    self._flying.add(trial)
                    return trial
                if not self._flying:
                    return None
                self._changed.wait()
            return None
