"""A sampler for Optuna.

>>> import optuna
>>> from ganas.optuna import GaNasSampler
>>> optuna.logging.set_verbosity(optuna.logging.ERROR)
>>> study = optuna.create_study(sampler=GaNasSampler(seed=1))
>>> study.optimize(lambda trial: trial.suggest_float("x", -1, 1) ** 2, n_trials=15)
>>> study.best_value < 0.1
True
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler, RandomSampler
from optuna.search_space import IntersectionSearchSpace
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState

import ganas

if TYPE_CHECKING:
    from ganas._trial import Trial

__all__ = ["GaNasSampler"]

MOST_VALUES = 64
"""The maximum number of choices of a categorical parameter."""

BUDGET = 1_000_000
"""The maximum budget of the ganas study. It is large because Optuna decides when the search ends."""


class GaNasSampler(BaseSampler):
    """A sampler that uses a strategy of ganas: by default, Gaussian processes fitted to the results.

    The search space should be the same in every trial; parameters that occur only in some trials are sampled
    at random. Without `search_space`, the first trial is random, and its parameters define the space. The
    sampler learns only from trials that it has itself proposed. From a trial that fails or is pruned, it
    learns only that the point was tried. If the study has several directions, the sampler searches for the
    Pareto front.

    `workers` is the maximum number of concurrent trials. With more than one, studies with the same seed may
    differ.
    """

    def __init__(
        self,
        search_space: dict[str, BaseDistribution] | None = None,
        *,
        strategy: str = "ganas",
        seed: int | None = None,
        workers: int = 1,
    ) -> None:
        self._given = search_space
        self._strategy = strategy
        self._seed = 0 if seed is None else seed
        self._workers = workers
        self._independent = RandomSampler(seed)
        self._intersection = IntersectionSearchSpace()
        self._search: _Search | None = None
        self._lock = Lock()

    def reseed_rng(self) -> None:
        """Reseeds the random sampling, as Optuna requires of samplers if trials run in several threads."""
        self._independent.reseed_rng()

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Returns the given space or, if none was given, the parameters that all trials so far have in
        common.
        """
        space = self._given if self._given is not None else self._intersection.calculate(study)
        return {name: it for name, it in space.items() if not it.single()}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Returns a value for each parameter of the space, or an empty dictionary if there is nothing left to
        propose.
        """
        if not search_space:
            return {}
        with self._lock:
            if self._search is None or self._search.space != search_space:
                self._search = _Search(search_space, study, self._strategy, self._seed, self._workers)
            return self._search.ask(trial.number)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Returns a random value for one parameter."""
        return self._independent.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        """Tells the strategy the result of the trial."""
        with self._lock:
            if self._search is not None:
                self._search.tell(trial, state, values)


class _Search:
    """The ganas study that proposes the trials of an Optuna study."""

    def __init__(
        self,
        space: dict[str, BaseDistribution],
        study: Study,
        strategy: str,
        seed: int,
        workers: int,
    ) -> None:
        self.space = space
        # The names in Optuna may contain any characters, unlike those in a space.
        self._names = {f"p{place}": name for place, name in enumerate(space)}
        described = [_parameter(key, space[name]) for key, name in self._names.items()]
        directions = [
            "minimise" if it == StudyDirection.MINIMIZE else "maximise" for it in study.directions
        ]
        self._metrics = [f"objective{place}" for place in range(1, len(directions))]
        made = ganas.Space.from_dict({"name": "optuna", "parameters": described})
        self._study = ganas.Study(
            made,
            strategy=strategy,
            budget=BUDGET if made.size is None else min(BUDGET, made.size),
            seed=seed,
            minimise=directions[0] == "minimise",
            objectives=dict(zip(self._metrics, directions[1:])) or None,
            max_failures=BUDGET,
            workers=workers,
            asynchronous=workers > 1,
        )
        self._open: dict[int, tuple[Trial, dict[str, Any]]] = {}

    def ask(self, number: int) -> dict[str, Any]:
        asked = self._study.ask()
        if not asked:
            return {}
        chosen = asked[0].arch.choices_by_name
        proposed = {
            name: _value(chosen[key], self.space[name]) for key, name in self._names.items()
        }
        self._open[number] = asked[0], proposed
        return proposed

    def tell(
        self, evaluated: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        if evaluated.number not in self._open:
            return
        trial, proposed = self._open.pop(evaluated.number)
        # Enqueued trials, and ranges that depend on other parameters, may have other values.
        params = evaluated.params
        if any(params[name] != value for name, value in proposed.items() if name in params):
            trial.fail("evaluated with other parameters than those proposed")
            return
        if state != TrialState.COMPLETE or not values or not all(map(math.isfinite, values)):
            trial.fail(state.name.lower())
            return
        trial.tell(values[0], metrics=dict(zip(self._metrics, values[1:])))


def _steps(distribution: IntDistribution | FloatDistribution) -> int:
    """Returns the number of steps in a range; 0 if the range is not divided into steps."""
    step = distribution.step
    if step is None or (isinstance(distribution, IntDistribution) and step == 1):
        return 0
    return round((distribution.high - distribution.low) / step)


def _parameter(key: str, distribution: BaseDistribution) -> dict[str, Any]:
    if isinstance(distribution, CategoricalDistribution):
        count = len(distribution.choices)
        if count > MOST_VALUES:
            raise ValueError(
                f"expected at most {MOST_VALUES} choices, found {count}: suggest an integer as an index into them"
            )
        return ganas.parameter(key, values=[f"c{place}" for place in range(count)])
    if isinstance(distribution, (IntDistribution, FloatDistribution)):
        if steps := _steps(distribution):
            return ganas.parameter(key, 0, steps, integer=True)
        low, high = distribution.low, distribution.high
        is_integer = isinstance(distribution, IntDistribution)
        return ganas.parameter(key, low, high, log=distribution.log, integer=is_integer)
    raise ValueError(
        f"expected a categorical, integer or float distribution, found {type(distribution).__name__}"
    )


def _value(chosen: Any, distribution: BaseDistribution) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[int(str(chosen)[1:])]
    if isinstance(distribution, IntDistribution):
        number = int(chosen)
        return distribution.low + number * distribution.step if _steps(distribution) else number
    if isinstance(distribution, FloatDistribution):
        if _steps(distribution) and distribution.step is not None:
            return min(distribution.low + int(chosen) * distribution.step, distribution.high)
        # Rounding to six digits may exceed an end of the range.
        return min(max(float(chosen), distribution.low), distribution.high)
    raise TypeError(type(distribution).__name__)
